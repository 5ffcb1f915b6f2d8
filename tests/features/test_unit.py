"""A unit that was disabled by hand is told, and enabled without a restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.clients.shell import open_shell
from phoenix.features.unit import Unit
from phoenix.specs.target import LxcTarget
from tests import loopback_ssh
from tests.loopback_ssh import Loopback


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """`systemctl` of one unit, which is `enabled` and `active` where there are files of these names."""
    for each in loopback_ssh.serve(tmp_path, monkeypatch):
        each.script(
            "systemctl",
            'case "$1" in is-enabled) test -e "$SANDBOX/enabled" ;; is-active) test -e "$SANDBOX/active" ;;\n'
            'enable) echo "$@" >> "$CALLS"; touch "$SANDBOX/enabled" ;;\n'
            'restart) echo "$@" >> "$CALLS"; touch "$SANDBOX/active" ;;\n'
            '*) echo "$@" >> "$CALLS" ;; esac',
        )
        yield each


@pytest.mark.parametrize(
    ("active", "called"),
    [
        (True, ["daemon-reload", "enable -q docker"]),
        (False, ["daemon-reload", "enable -q docker", "restart docker"]),
    ],
)
def test_one_that_runs_is_not_restarted(host: Loopback, active: bool, called: list[str]) -> None:
    unit, shell = Unit("docker"), open_shell(host.settings, LxcTarget(node=f"{host.address}:{host.port}", vmid=1001))
    if active:
        (host.sandbox / "active").touch()
    assert shell.run(["sh", "-uc", unit.check()], check=False).exit_code != 0
    unit.apply(shell)
    assert host.calls() == called
    shell.run(["sh", "-uc", unit.check()])
