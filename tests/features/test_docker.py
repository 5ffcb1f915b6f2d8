"""Docker on a machine that has an engine already: it is used, its settings stay, and no package goes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from phoenix.clients.shell import Shell, open_shell
from phoenix.errors import OperationError
from phoenix.features.docker.daemon import Engine, Setting, settings
from phoenix.features.part import Packages, Part
from phoenix.specs.target import LxcTarget
from tests import loopback_ssh
from tests.features import descriptions
from tests.loopback_ssh import Loopback

OURS = {"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}, "dns": ["10.0.0.13"]}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    for each in loopback_ssh.serve(tmp_path, monkeypatch):
        each.script("apt-get", 'echo "apt-get $*" >> "$CALLS"; echo ok > "$SANDBOX/installed"')
        each.script("systemctl", '[ -e "$SANDBOX/unit" ]')
        yield each


def shell_of(host: Loopback) -> Shell:
    return open_shell(host.settings, LxcTarget(node=f"{host.address}:{host.port}", vmid=1001))


def met(shell: Shell, part: Part) -> bool:
    return shell.run(["sh", "-uc", part.check()], check=False).exit_code == 0


def test_an_engine_that_is_there_is_used(host: Loopback) -> None:
    host.script("dockerd", "exit 1")
    (host.sandbox / "unit").touch()
    assert met(shell_of(host), Engine())
    assert not [
        part for part in descriptions.parts("docker") if isinstance(part, Packages) and "docker.io" in part.names
    ]


def test_where_there_is_none_the_distributions_is_installed(host: Loopback) -> None:
    part, shell = Engine(daemon="dockerd-of-nobody"), shell_of(host)
    assert not met(shell, part)
    part.apply(shell)
    (called,) = host.calls()
    assert " --no-remove " in called
    assert called.endswith(" install --no-install-recommends docker.io")


def test_one_without_a_unit_is_left_to_the_operator(host: Loopback) -> None:
    host.script("dockerd", "exit 1")
    assert not met(shell_of(host), Engine())
    with pytest.raises(OperationError, match=r"no unit docker\.service .*; none was removed"):
        Engine().apply(shell_of(host))
    assert host.calls() == []


def of(path: Path, mirror: str = "https://10.0.0.13:5000") -> list[Setting]:
    return [Setting(each.name, each.keys, str(path)) for each in settings(10, ["10.0.0.13"], mirror)]


BEFORE: dict[str, tuple[dict[str, Any] | None, dict[str, Any]]] = {
    "none": (None, OURS),
    "their own": (
        {"data-root": "/tank/docker", "log-opts": {"tag": "{{.Name}}"}, "dns": ["192.0.2.1"]},
        {**OURS, "data-root": "/tank/docker", "log-opts": {**OURS["log-opts"], "tag": "{{.Name}}"}},  # type: ignore[dict-item]
    ),
    "another way to log": (
        {"log-driver": "journald", "log-opts": {"tag": "x"}},
        {"log-driver": "journald", "log-opts": {"tag": "x"}, "dns": ["10.0.0.13"]},
    ),
}


@pytest.mark.parametrize(("before", "after"), BEFORE.values(), ids=BEFORE.keys())
def test_what_others_have_set_stays(
    host: Loopback, tmp_path: Path, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    path, shell = tmp_path / "docker/daemon.json", shell_of(host)
    if before is not None:
        path.parent.mkdir()
        path.write_text(json.dumps(before))
    for part in of(path):
        if not met(shell, part):
            part.apply(shell)
    assert json.loads(path.read_text()) == {**after, "registry-mirrors": ["https://10.0.0.13:5000"]}
    assert path.stat().st_mode & 0o777 == 0o644
    stamp = path.stat().st_mtime_ns
    assert all(met(shell, part) for part in of(path))
    # the mirror alone, once it is no longer in the configuration
    shell.script(of(path)[-1].undo())
    assert json.loads(path.read_text()) == after
    assert path.stat().st_mtime_ns > stamp


def test_a_file_that_is_no_json_is_told_and_left(host: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "daemon.json"
    path.write_text("{")
    with pytest.raises(OperationError, match="parse error"):
        of(path)[0].apply(shell_of(host))
    assert path.read_text() == "{"
