"""One change and the way back: by the product's own command, and by the playbook with everything that it states."""

from functools import partial
from pathlib import Path

from benchmarks.alternation import alternate
from benchmarks.comparison import Comparison, Measured, Ratio
from benchmarks.lab import CHECKOUT, STACK, Bench, BenchmarkError, scratch
from benchmarks.playbook import playbook

OURS, OURS_BACK = "up", "up, back"
THEIRS, THEIRS_BACK = "playbook", "playbook, back"


def edited(folder: Path, file: str, old: str, new: str) -> Path:
    """A scratch checkout with one fact changed. Raises BenchmarkError when the file does not have `old` once."""
    checkout = scratch(folder)
    path = checkout / file
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise BenchmarkError(f"{file} has {text.count(old)} times: {old}")
    path.write_text(text.replace(old, new), encoding="utf-8")
    return checkout


def measure(bench: Bench, rounds: int, name: str, file: str, old: str, new: str) -> Measured:
    """There and back, by each of the two in turn."""
    checkout = edited(bench.room / f"checkout-{name}", file, old, new)
    made, before = playbook(bench)
    after = made.facts(name, checkout)
    sides = {
        OURS: partial(bench.timed, [str(checkout / "bin" / "phoenix"), "up", *STACK], checkout),
        OURS_BACK: partial(bench.timed, [str(CHECKOUT / "bin" / "phoenix"), "up", *STACK]),
        THEIRS: partial(made.changing, after),
        THEIRS_BACK: partial(made.changing, before),
    }
    samples: dict[str, list[float]] = {side: [] for side in sides}
    try:
        for _ in range(rounds):
            for side, (seconds,) in alternate(sides, 1).items():
                samples[side].append(seconds)
            # the product's own marks, which nobody else sets
            bench.settle()
    except BaseException:
        bench.settle()
        raise
    return Measured(samples)


def change(name: str, title: str, file: str, old: str, new: str) -> Comparison:
    """The comparison of one change."""
    return Comparison(
        name=f"change-{name}",
        title=f"One change, there and back: {title}",
        rounds=2,
        measure=lambda bench, rounds: measure(bench, rounds, name, file, old, new),
        rows=(
            Ratio(
                "playbook / `up`",
                "at least 10 times faster",
                (THEIRS, THEIRS_BACK),
                (OURS, OURS_BACK),
            ),
        ),
    )


MEMORY = change(
    "memory", "a guest's memory", "config/guests/914-ollama-gpu0.yaml", "memory_mb: 32768", "memory_mb: 16384"
)
VARIABLE = change(
    "variable",
    "a stack's variable",
    "stacks/thinkheads_ai_app/stack.yaml",
    "value: dev_user}",
    "value: other_user}",
)
_LAST_RECORD = "    - {name: drphoenix-agent, guest: 1002}\n"
RECORD = change(
    "record",
    "a DNS record",
    "config/cluster.yaml",
    _LAST_RECORD,
    f"{_LAST_RECORD}    - {{name: benchmark, guest: 102}}\n",
)
