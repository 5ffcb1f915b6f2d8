"""Makes the comparisons on the lab, and docs/performance.md of their results: `make bench`.

bin/toolchain python -m benchmarks [--only NAME]... [--rounds N] [--render]
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import report, results
from benchmarks.comparison import Comparison
from benchmarks.comparisons import COMPARISONS
from benchmarks.lab import Bench, BenchmarkError, make_up
from benchmarks.machine import machine
from lab.place import Lab
from phoenix.errors import PhoenixError


def main(arguments: list[str] | None = None) -> int:
    """Exit code: the number of comparisons that failed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    names = [each.name for each in COMPARISONS]
    parser.add_argument("--only", action="append", choices=names, help="this comparison (and others so named)")
    parser.add_argument("--rounds", type=int, help="how often, in place of each comparison's own number")
    parser.add_argument("--render", action="store_true", help="only make docs/performance.md again")
    given = parser.parse_args(arguments)
    chosen = [each for each in COMPARISONS if not given.only or each.name in given.only]
    failed = [] if given.render else compare(chosen, given.rounds)
    report.PATH.write_text(report.render(results.read()), encoding="utf-8")
    if failed:
        print(f"bench: failed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


def compare(chosen: Sequence[Comparison], rounds: int | None) -> list[str]:
    """Make comparisons on one lab, and undo at the end what they have made there; the names of those that failed."""
    if any(each.lab for each in chosen):
        make_up()
    with ExitStack() as undo:
        # the lab's programs run from folders here, which goes last
        room = undo.enter_context(tempfile.TemporaryDirectory(prefix="phoenix-bench-"))
        bench = Bench(Lab.current(), Path(room), undo)
        return [each.name for each in chosen if not made(bench, each, rounds or each.rounds)]


def made(bench: Bench, comparison: Comparison, rounds: int) -> bool:
    """Make one comparison, print its rows and keep its results; tells what failed, and False then."""
    print(f"bench: {comparison.title}", file=sys.stderr, flush=True)
    try:
        about, date = machine(), datetime.now(UTC).strftime("%d %B %Y")
        measured = comparison.measure(bench, rounds)
    except (BenchmarkError, PhoenixError, RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
        print(f"bench: {comparison.name} failed: {error}", file=sys.stderr, flush=True)
        return False
    raw = {"date": date, "machine": about, "seconds": measured.seconds, "figures": dict(measured.figures)}
    results.keep(comparison.name, raw)
    for row in comparison.rows:
        print(f"{report.measured(row, raw)}  {row.what}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
