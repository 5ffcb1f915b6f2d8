"""From no lab to a converged cluster, with warm caches."""

import os
import subprocess
import time
from importlib.util import find_spec

from benchmarks.comparison import Comparison, Figure, Measured
from benchmarks.lab import CHECKOUT, LIMIT, Bench, make_up


def measure(bench: Bench, rounds: int) -> Measured:
    """Seconds of `make up`; the critical path is the profile's to tell."""
    seconds = []
    for _ in range(rounds):
        destroy = [str(CHECKOUT / "bin" / "lab"), "destroy"]
        subprocess.run(destroy, check=True, timeout=LIMIT, stdout=subprocess.DEVNULL, env={**os.environ})
        begun = time.monotonic()
        make_up()
        seconds.append(time.monotonic() - begun)
    figures = {"make up": sorted(seconds)[len(seconds) // 2]}
    if find_spec("benchmarks.profile"):
        path = float(bench.ask(["python", "-m", "benchmarks.profile", "--critical-path"]).split()[-1])
        figures["ratio"] = figures["make up"] / path
    return Measured({"make up": seconds}, figures)


COLD = Comparison(
    name="cold",
    title="Cold converge: `make up` from no lab, warm caches",
    rounds=1,
    measure=measure,
    rows=(
        Figure("`make up`", "", "make up", "s"),
        Figure("`make up` / its own critical path", "at most 1.3 times", "ratio", "times"),
    ),
)
