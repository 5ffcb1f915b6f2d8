"""Hooks by the real plugin: when they run, when they do not, and what the state knows of the SSH key."""

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from ipaddress import IPv4Interface
from pathlib import Path

import pulumi
import pulumi.automation as auto
import pytest

from components import hook_needs, hooks
from phoenix.clients.ssh_key import public_key
from phoenix.errors import PhoenixError
from phoenix.model import Cluster, Hook, HookEvent, HookPlace, load
from phoenix.plan.hooks import HooksPlan, PlannedHook, plan
from tests import loopback_ssh
from tests.loopback_ssh import Loopback
from tests.providers.core.recorded_kind import Record, RecordSpec

SMALL = Path(__file__).parents[1] / "model" / "small"
ROOT = Path(__file__).parents[2]

Make = Callable[[Callable[[pulumi.ComponentResource, Record], None], int], auto.Stack]


def hook(
    place: HookPlace = HookPlace.NODE, *command: str, guest: int | None = None, after: HookEvent = HookEvent.CHANGE
) -> Hook:
    given = command or ("true",)
    return Hook(name="tell", after=after, runs_on=place, guest=guest, command=given, timeout_seconds=20)


def of_guest(cluster: Cluster, hook: Hook) -> PlannedHook:
    """The hook as guest 101's."""
    guests = tuple(each.model_copy(update={"hooks": (hook,)}) if each.vmid == 101 else each for each in cluster.guests)
    (planned,) = plan(cluster.model_copy(update={"guests": guests})).of_guests
    return planned


def of_cluster(cluster: Cluster, hook: Hook) -> HooksPlan:
    return plan(cluster.model_copy(update={"hooks": (hook,)}))


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    yield from loopback_ssh.serve(tmp_path, monkeypatch)


@pytest.fixture
def cluster(host: Loopback) -> Cluster:
    """The small cluster, its node on loopback."""
    loaded = load(SMALL / "config", SMALL / "stacks", "production")
    node = loaded.node.model_copy(update={"address": IPv4Interface(f"{host.address}/8"), "ssh_port": host.port})
    return loaded.model_copy(update={"node": node})


@pytest.fixture
def plugin() -> None:
    if shutil.which("pulumi-resource-command") is None or importlib.util.find_spec("pulumi_command") is None:
        pytest.skip("no pulumi-command: PHOENIX_PULUMI_PARTS is not set")


@pytest.fixture
def stack(plugin: None, host: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:  # noqa: ARG001
    """Makes the stack of one Record of that size, and what the function declares beside it."""
    settings = host.settings
    values = {
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_RUN_PROGRAM": "true",
        "PYTHONPATH": str(ROOT),
        "PHOENIX_ENVIRONMENT": "testing",
        "PHOENIX_PROXMOX_TOKEN": settings.proxmox_token.get_secret_value(),
        "PHOENIX_PROXMOX_CA": str(settings.proxmox_ca),
        "PHOENIX_SSH_KEY": str(settings.ssh_key),
        "PHOENIX_KNOWN_HOSTS": str(settings.known_hosts),
        "PHOENIX_PORTAINER_ADMIN_PASSWORD": "a-long-password",
        "PHOENIX_AGENT_SECRET": "a-secret",
    }
    for key, value in values.items():
        monkeypatch.setenv(key, value)
    for name in ("state", "work"):
        (tmp_path / name).mkdir()
    project = auto.ProjectSettings("phoenix", "python", backend=auto.ProjectBackend(f"file://{tmp_path / 'state'}"))

    def make(declare: Callable[[pulumi.ComponentResource, Record], None], size: int) -> auto.Stack:
        def program() -> None:
            top = pulumi.ComponentResource("test:index:Top", "top")
            record = Record("one", RecordSpec(path=str(tmp_path / "record"), size=size))
            declare(top, record)

        options = auto.LocalWorkspaceOptions(work_dir=str(tmp_path / "work"), project_settings=project)
        return auto.create_or_select_stack("test", project_name="phoenix", program=program, opts=options)

    return make


def up(stack: auto.Stack) -> auto.UpResult:
    return stack.up(refresh=True)


def assert_unchanged(stack: auto.Stack) -> None:
    assert set(stack.preview(refresh=True).change_summary) == {auto.OpType.SAME}


@pytest.mark.engine
@pytest.mark.hooks
@pytest.mark.parametrize(
    ("place", "guest"),
    [(HookPlace.LOCAL, None), (HookPlace.NODE, None), (HookPlace.GUEST, 101), (HookPlace.GUEST, 201)],
)
def test_a_hook_runs_when_what_it_waits_for_changed_and_only_then(
    stack: Make, cluster: Cluster, host: Loopback, tmp_path: Path, place: HookPlace, guest: int | None
) -> None:
    host.script("qm", 'shift 6; "$@"; echo "{\\"exitcode\\": $?, \\"exited\\": 1}"')
    log = tmp_path / "log"
    planned = of_guest(cluster, hook(place, "sh", "-c", 'echo "$1" >> "$2"', "sh", "a 'b", str(log), guest=guest))

    def declare(top: pulumi.ComponentResource, record: Record) -> None:
        stage = hooks.Hooks("guest-hooks", plan(cluster), host.settings, top, [])
        stage.add(planned, record.changed_at, record)

    up(stack(declare, 1))
    assert log.read_text() == "a 'b\n"
    assert_unchanged(stack(declare, 1))
    up(stack(declare, 1))
    assert log.read_text() == "a 'b\n"
    up(stack(declare, 2))
    assert log.read_text() == "a 'b\n" * 2
    if place is not HookPlace.LOCAL:
        # another SSH key is no reason to run
        host.settings.ssh_key.write_text(host.settings.ssh_key.read_text() + "\n")
        assert up(stack(declare, 2)).summary.resource_changes == {"same": 4, "update": 1}
        assert log.read_text() == "a 'b\n" * 2


@pytest.mark.engine
@pytest.mark.hooks
def test_the_state_holds_no_private_key(stack: Make, cluster: Cluster, host: Loopback, tmp_path: Path) -> None:
    def declare(top: pulumi.ComponentResource, record: Record) -> None:
        stage = hooks.Hooks("guest-hooks", plan(cluster), host.settings, top, [])
        stage.add(of_guest(cluster, hook()), record.changed_at)

    up(stack(declare, 1))
    # what lies on disk: an export through the Automation API would decrypt the secrets
    state = "".join(file.read_text() for file in (tmp_path / "state").rglob("*.json*") if file.is_file())
    assert "hook-101-tell" in state
    for line in host.settings.ssh_key.read_text().split("\n")[:3]:
        assert line not in state


@pytest.mark.engine
@pytest.mark.hooks
def test_a_failed_hook_fails_the_run_and_is_tried_again(
    stack: Make, cluster: Cluster, host: Loopback, tmp_path: Path
) -> None:
    planned = of_guest(cluster, hook(HookPlace.NODE, "test", "-e", str(tmp_path / "ready")))

    def declare(top: pulumi.ComponentResource, record: Record) -> None:
        stage = hooks.Hooks("guest-hooks", plan(cluster), host.settings, top, [])
        stage.add(planned, record.changed_at)

    with pytest.raises(auto.CommandError) as raised:
        up(stack(declare, 1))
    told = str(raised.value)
    assert "hook tell of 101, after change: test on host failed" in told
    assert "next: try the command there" in told
    assert "(exit code 1)" in told
    (tmp_path / "ready").touch()
    up(stack(declare, 1))
    assert_unchanged(stack(declare, 1))


@pytest.mark.engine
@pytest.mark.hooks
def test_another_host_key_is_refused(stack: Make, cluster: Cluster, host: Loopback, tmp_path: Path) -> None:
    pinned = host.settings.known_hosts.read_text().split()
    other = host.settings.ssh_key
    host.settings.known_hosts.write_text(f"{pinned[0]} {public_key(other)}\n")

    def declare(top: pulumi.ComponentResource, record: Record) -> None:
        stage = hooks.Hooks("guest-hooks", plan(cluster), host.settings, top, [])
        stage.add(of_guest(cluster, hook(HookPlace.NODE, "touch", str(tmp_path / "ran"))), record.changed_at)

    with pytest.raises(auto.CommandError, match="host key mismatch"):
        up(stack(declare, 1))
    assert not (tmp_path / "ran").exists()


@pytest.mark.engine
@pytest.mark.hooks
def test_a_hook_of_the_cluster_runs_after_an_up_that_changed_something(
    stack: Make, cluster: Cluster, host: Loopback, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    command = ("sh", "-c", 'date >> "$1"', "sh", str(log))
    planned = of_cluster(cluster, hook(HookPlace.NODE, *command, after=HookEvent.UP))

    def declare(top: pulumi.ComponentResource, record: Record) -> None:
        hooks.after_up(planned, host.settings, [record], top, [record])

    def runs() -> int:
        return len(log.read_text().splitlines())

    up(stack(declare, 1))
    assert_unchanged(stack(declare, 1))
    up(stack(declare, 1))
    assert runs() == 1
    (tmp_path / "record").unlink()
    assert stack(declare, 1).preview(refresh=True).change_summary[auto.OpType.REPLACE] == 1
    up(stack(declare, 1))
    assert runs() == 2


@pytest.mark.parametrize("place", [HookPlace.LOCAL, HookPlace.NODE])
def test_without_the_plugin_a_declared_hook_is_one_clear_error(
    cluster: Cluster, host: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: HookPlace
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    hook_needs.require(plan(cluster), host.settings)
    with pytest.raises(PhoenixError, match=r"cluster-tell: cannot run on this machine: .*not installed\n  next: "):
        hook_needs.require(of_cluster(cluster, hook(place)), host.settings)


def test_a_node_without_a_pinned_key_is_told_before_anything_runs(cluster: Cluster, host: Loopback) -> None:
    host.settings.known_hosts.write_text("")
    hook_needs.require(plan(cluster), host.settings)
    with pytest.raises(PhoenixError, match=f"no host key of {host.address}\n  next: add it"):
        hook_needs.require(of_cluster(cluster, hook()), host.settings)
