"""Renewal of 50 certificates with their copies, as benchmarks/renewal.py measures it."""

import re
import subprocess
import sys

from benchmarks.comparison import Comparison, Measured, Ratio
from benchmarks.lab import CHECKOUT, LIMIT, Bench, BenchmarkError

COUNT = 50
OURS, LOOP = "product", "shell loop"


def measure(_bench: Bench, rounds: int) -> Measured:
    """Product and loop, one after the other."""
    seconds: dict[str, list[float]] = {OURS: [], LOOP: []}
    for _ in range(rounds):
        argv = [sys.executable, "-m", "benchmarks.renewal", str(COUNT)]
        done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, timeout=2 * LIMIT, check=False)
        product = re.search(r"([0-9.]+) s  product, all", done.stdout)
        loop = re.search(r"([0-9.]+) s  shell loop", done.stdout)
        if done.returncode or not product or not loop:
            raise BenchmarkError((done.stdout + done.stderr)[-3000:])
        seconds[OURS].append(float(product[1]))
        seconds[LOOP].append(float(loop[1]))
    return Measured(seconds)


RENEWAL = Comparison(
    name="renewal",
    title=f"Renewing {COUNT} certificates with their copies, against a shell loop",
    rounds=1,
    measure=measure,
    rows=(Ratio("product / loop", "at most 1.0", (OURS,), (LOOP,)),),
)
