"""From no lab to a converged cluster, with warm caches."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.comparison import Comparison, Figure, Measured
from benchmarks.lab import CHECKOUT, LIMIT, STACK, Bench


def measure(bench: Bench, rounds: int) -> Measured:
    """Seconds of the lab's start and of the product's run in it, and how long that is beside its critical path."""
    lab, converge, ratios = [], [], []
    file = bench.room / "cold.json"
    for _ in range(rounds):
        _run([str(CHECKOUT / "bin" / "lab"), "destroy"])
        begun = time.monotonic()
        _run([str(CHECKOUT / "bin" / "lab"), "up"])
        lab.append(time.monotonic() - begun)
        up = [str(CHECKOUT / "bin" / "phoenix"), "up", *STACK]
        _run([sys.executable, "-m", "benchmarks.profile", "--json", str(file), "--", *up])
        profiled = json.loads(file.read_text(encoding="utf-8"))
        converge.append(profiled["seconds"])
        ratios.append(profiled["seconds"] / profiled["path"])
    return Measured({"lab": lab, "converge": converge}, {"ratio": sorted(ratios)[len(ratios) // 2]})


def _run(words: Sequence[str]) -> None:
    subprocess.run(words, cwd=CHECKOUT, check=True, timeout=LIMIT, stdout=subprocess.DEVNULL, env={**os.environ})


COLD = Comparison(
    name="cold",
    title="Cold converge: a new lab, warm caches",
    rounds=1,
    measure=measure,
    note="What `make up` does: the lab is started, and the whole cluster is made in it.",
    rows=(Figure("converge / its own critical path", "at most 1.3 times", "ratio", "times"),),
)
