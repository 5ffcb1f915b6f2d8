"""The shell commands of hooks, run by a real shell with `pct` and `qm` that do what the node's do."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest

from phoenix.model import Cluster, Hook, HookEvent, HookPlace, load
from phoenix.plan import hooks
from phoenix.plan.hooks import Declared, PlannedHook

SMALL = Path(__file__).parents[1] / "model" / "small"
PCT = 'echo "pct $1 $2" >&2; shift 3; exec "$@"'
# what qm prints: the command's exit code and its output, which may try to look like an exit code
QM = """echo "qm $1 $2 $3 $4 $5" >&2; shift 6
out=$("$@" 2>/dev/null); code=$?
printf '{\\n   "exitcode" : %d,\\n   "exited" : 1,\\n' "$code"
printf '   "out-data" : "\\\\"exitcode\\\\" : 0 %s\\\\n"\\n}\\n' "$out"
"""
QM_LATE = 'echo \'{"pid": 7}\'; echo "timeout reached, returning pid" >&2'


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return load(SMALL / "config", SMALL / "stacks", "production")


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    for name, body in {"pct": PCT, "qm": QM}.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    return tmp_path


def run(cluster: Cluster, shell: Path, place: HookPlace, guest: int | None, *command: str, seconds: int = 5) -> str:
    """Exit code, output and complaint of the hook in one text."""
    hook = Hook(name="it", after=HookEvent.CHANGE, runs_on=place, guest=guest, command=command, timeout_seconds=seconds)
    script = hooks.script(cluster, Declared("101", hook, guest))
    env = {**os.environ, "PATH": f"{shell}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, env=env, check=False)
    return f"{done.returncode} {done.stdout}{done.stderr}"


PLACES = ((HookPlace.LOCAL, None, "local"), (HookPlace.NODE, None, "host"), (HookPlace.GUEST, 101, "guest 101"))
ALL_PLACES = (*PLACES, (HookPlace.GUEST, 201, "guest 201"))


@pytest.mark.parametrize(("place", "guest", "where"), ALL_PLACES)
def test_arguments_arrive_as_they_were_written(
    cluster: Cluster, shell: Path, place: HookPlace, guest: int | None, where: str
) -> None:
    told = run(cluster, shell, place, guest, "printf", "<%s>", "a b", "$HOME; 'x'")
    assert told.startswith("0 ")
    assert "<a b><$HOME; 'x'>" in told
    assert ("pct exec 101" in told, "qm guest exec 201 --timeout 35" in told) == ("101" in where, "201" in where)


@pytest.mark.parametrize(("place", "guest", "where"), ALL_PLACES)
def test_a_failure_names_hook_place_code_and_what_to_do(
    cluster: Cluster, shell: Path, place: HookPlace, guest: int | None, where: str
) -> None:
    told = run(cluster, shell, place, guest, "sh", "-c", "exit 3")
    assert told.startswith("3 ")
    assert f"hook it of 101, after change: sh on {where} failed" in told
    assert "next: " in told
    assert "(exit code 3)" in told


@pytest.mark.parametrize(("place", "guest", "where"), ALL_PLACES)
def test_nothing_outlives_its_limit(
    cluster: Cluster, shell: Path, place: HookPlace, guest: int | None, where: str
) -> None:
    told = run(cluster, shell, place, guest, "sleep", "50", seconds=1)
    assert told.startswith("124 ")
    assert f"on {where} failed, or was ended after 1 s" in told


def test_an_agent_that_does_not_say_how_it_ended_is_a_failure(cluster: Cluster, shell: Path) -> None:
    (shell / "qm").write_text(f"#!/bin/sh\n{QM_LATE}\n")
    assert run(cluster, shell, HookPlace.GUEST, 201, "true").startswith("124 ")
    (shell / "qm").write_text("#!/bin/sh\necho 'VM 201 is not running' >&2; exit 255\n")
    told = run(cluster, shell, HookPlace.GUEST, 201, "true")
    assert told.startswith("255 ")
    assert "VM 201 is not running" in told


def test_every_owner_has_its_hooks(cluster: Cluster) -> None:
    """A hook of a guest runs in that guest unless it names another one; what is local needs no way to the node."""

    def hook(name: str, after: HookEvent, place: HookPlace = HookPlace.NODE, guest: int | None = None) -> Hook:
        return Hook(name=name, after=after, runs_on=place, guest=guest, command=("true",))

    first, *others = cluster.guests
    own = (hook("a", HookEvent.CREATE), hook("b", HookEvent.CHANGE, HookPlace.GUEST))
    guest = first.model_copy(update={"hooks": own})
    certificate, *rest = cluster.certificates
    known = certificate.model_copy(update={"hooks": (hook("c", HookEvent.RENEWAL, HookPlace.GUEST, 201),)})
    whole = hook("d", HookEvent.UP, HookPlace.LOCAL)
    update = {"guests": (guest, *others), "certificates": (known, *rest), "hooks": (whole,)}
    plan = hooks.plan(cluster.model_copy(update=update))
    assert plan.node == "192.0.2.2"
    assert [list(map(told, each)) for each in (plan.of_guests, plan.of_certificates, plan.of_cluster)] == [
        [("100-a", "100", "create", False, ""), ("100-b", "100", "change", False, "pct exec 100")],
        [("front-c", "front", "renewal", False, "qm guest exec 201")],
        [("cluster-d", "cluster", "up", True, "")],
    ]
    assert plan.every == (*plan.of_guests, *plan.of_certificates, *plan.of_cluster)


def told(hook: PlannedHook) -> tuple[str, str, str, bool, str]:
    """What is planned, and its way into a guest."""
    way = re.search(r"pct exec \d+|qm guest exec \d+", hook.script)
    return hook.name, hook.owner, hook.after.value, hook.local, way[0] if way else ""


def test_a_cluster_without_hooks_has_none(cluster: Cluster) -> None:
    assert hooks.plan(cluster).every == ()


FORMER = ("12fd97c841421907", "cbb4251a3ff3d061", "af8e19930fa0e735", "b360f853daa445da")


@pytest.mark.parametrize(("place", "digest"), [*zip(ALL_PLACES, FORMER, strict=True)])
def test_a_hook_keeps_the_script_of_former_states(
    cluster: Cluster, place: tuple[HookPlace, int | None, str], digest: str
) -> None:
    """Its script is its trigger: with another text the hook would run again, though nothing happened."""
    runs_on, guest, _ = place
    hook = Hook(name="it", after=HookEvent.CHANGE, runs_on=runs_on, command=("true", "a b"), timeout_seconds=5)
    text = hooks.script(cluster, Declared("101", hook, guest))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest
