"""The product against the bare engine: a program with as many resources that do nothing."""

import json
import shutil
from functools import partial
from pathlib import Path

from benchmarks.alternation import alternate
from benchmarks.comparison import Comparison, Measured, Ratio
from benchmarks.lab import CHECKOUT, PREVIEW, UP, Bench

BARE, AGAIN, BARE_UP = "bare preview", "bare preview, again", "bare up"
OURS, OURS_UP = "preview", "up"


def bare(bench: Bench) -> tuple[Path, dict[str, str]]:
    """The bare program, converged in a state of its own, and the environment that it needs."""
    state = json.loads(bench.ask(["pulumi", "stack", "export", "--stack", "dev"]))["deployment"]["resources"]
    dynamic = sum(":dynamic/" in each["type"] or ":dynamic:" in each["type"] for each in state)
    components = sum(not each.get("custom") for each in state) - 1
    folder, backend = bench.room / "bare", bench.room / "bare-state"
    shutil.copytree(CHECKOUT / "benchmarks" / "bare", folder, dirs_exist_ok=True)
    backend.mkdir(exist_ok=True)
    project = folder / "Pulumi.yaml"
    project.write_text(project.read_text().replace("VIRTUALENV", str(CHECKOUT / ".venv")))
    env = {"PULUMI_BACKEND_URL": f"file://{backend}"}
    bench.timed(["pulumi", "stack", "select", "--create", "dev"], folder, env)
    for key, value in (("dynamic", dynamic), ("components", components)):
        bench.timed(["pulumi", "config", "set", "--stack", "dev", key, str(value)], folder, env)
    bench.timed(["pulumi", "up", "--stack", "dev", "--yes", "--skip-preview"], folder, env)
    return folder, env


def measure(bench: Bench, rounds: int) -> Measured:
    """Previews and ups that change nothing."""
    folder, env = bare(bench)
    sides = {
        BARE: partial(bench.timed, PREVIEW, folder, env),
        OURS: partial(bench.timed, PREVIEW),
        AGAIN: partial(bench.timed, PREVIEW, folder, env),
        BARE_UP: partial(bench.timed, UP, folder, env),
        OURS_UP: partial(bench.timed, UP),
    }
    return Measured(alternate(sides, rounds))


ENGINE = Comparison(
    name="engine",
    title="A run that changes nothing, against the bare engine with as many resources",
    rounds=7,
    measure=measure,
    rows=(
        Ratio("preview with full drift read / bare preview", "at most 1.7 times", (OURS,), (BARE,)),
        Ratio("`up` / bare `up`", "", (OURS_UP,), (BARE_UP,)),
        Ratio("noise: bare preview / bare preview", "", (AGAIN,), (BARE,)),
    ),
    note="Both previews read every resource anew (`refresh: always`), the bare program's reads answer at once.",
)
