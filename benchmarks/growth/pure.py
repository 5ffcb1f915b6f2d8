"""Times load, check and plan of one configuration in a process of its own.

    python -m benchmarks.growth.pure FOLDER

writes JSON: seconds of each part, and the peak of the process's memory in megabytes.
"""

import json
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from phoenix.garbage import seldom_collected
from phoenix.model import load, loader
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import plan


def measure(folder: Path) -> dict[str, float]:
    """Raises ConfigurationError."""
    checking = 0.0
    # the loader calls it, between reading and the model
    module: Any = loader
    check = module.check

    def timed(draft: Any) -> Iterable[Any]:
        nonlocal checking
        begun = time.perf_counter()
        problems = list(check(draft))
        checking += time.perf_counter() - begun
        return problems

    module.check = timed
    begun = time.perf_counter()
    cluster = load(folder / "config", folder / "stacks", "production")
    loaded = time.perf_counter()
    plan(cluster, Choices())
    ended = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"load": loaded - begun - checking, "check": checking, "plan": ended - loaded, "megabytes": memory}


if __name__ == "__main__":
    # as the program does
    seldom_collected()
    json.dump(measure(Path(sys.argv[1])), sys.stdout)
