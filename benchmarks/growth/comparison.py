"""Load, check and plan of 15 to 1,000 guests: seconds, exponents, memory."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.alternation import Samples
from benchmarks.comparison import Comparison, Figure, Measured
from benchmarks.growth.generator import generate
from benchmarks.lab import CHECKOUT, LIMIT, Bench

SIZES = (15, 50, 150, 500, 1000)
PARTS = ("load", "check", "plan")


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The slope of the line that fits best, by least squares, where both axes are logarithmic."""
    x, y = [math.log(each) for each in sizes], [math.log(each) for each in seconds]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    over = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return over / sum((a - middle_x) ** 2 for a in x)


def measure(bench: Bench, rounds: int) -> Measured:
    """Each size in each round; the least time of a size counts for the exponents."""
    samples: Samples = {f"{part}, {size} guests": [] for size in SIZES for part in PARTS}
    megabytes = 0.0
    for size in SIZES:
        generate(size, bench.room / f"guests-{size}")
    for _ in range(rounds):
        for size in SIZES:
            argv = [sys.executable, "-m", "benchmarks.growth.pure", str(bench.room / f"guests-{size}")]
            done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, timeout=LIMIT, check=True)
            answer = json.loads(done.stdout)
            for part in PARTS:
                samples[f"{part}, {size} guests"].append(answer[part])
            megabytes = max(megabytes, answer["megabytes"])
    least = {part: [min(samples[f"{part}, {size} guests"]) for size in SIZES] for part in PARTS}
    figures = {f"exponent of {part}": exponent(SIZES, least[part]) for part in PARTS}
    total = sum(least[part][-1] for part in PARTS)
    return Measured(samples, {**figures, "seconds": total, "megabytes": megabytes})


GROWTH = Comparison(
    name="growth",
    title="Load, check and plan of 1,000 guests, 10,000 rules, 2,000 records, 300 routes, 100 stacks",
    rounds=5,
    measure=measure,
    rows=(
        Figure("load, check and plan together", "under 3 s", "seconds", "s"),
        Figure("peak memory", "under 300 MB", "megabytes", "MB"),
        *(Figure(f"exponent of {part}, 15 to 1,000 guests", "at most 1.1", f"exponent of {part}") for part in PARTS),
    ),
    note="Seconds and exponents are of the least times of all rounds, in a process of its own for each.",
    lab=False,
)
