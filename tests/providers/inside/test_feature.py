"""The kind that drives features, on a real SSH server: looked at by one command, applied part by part, undone."""

import functools
import hashlib
import http.server
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from phoenix.clients import ssh
from phoenix.errors import OperationError, UnobservableError
from phoenix.features import download
from phoenix.features.download import Installed
from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.given import Given
from phoenix.features.part import Directory, File, Health, Part, Script
from phoenix.features.registry import FEATURES
from phoenix.features.unit import Unit
from phoenix.providers.inside import feature as kind
from phoenix.providers.inside.feature import ApplyParts, FeatureReconciler
from phoenix.specs.artifact import Artifact
from phoenix.specs.inside import FeatureSpec
from phoenix.specs.target import LxcTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback
from tests.providers.core.convergence import converge, live

KIND = FeatureReconciler()
SYSTEMCTL = """
echo "$@" >> "$CALLS"
mkdir -p "$SANDBOX/units"
for unit; do :; done
case "$1" in
  is-system-running) echo running ;;
  is-active) test -e "$SANDBOX/units/$unit.active" ;;
  is-enabled) test -e "$SANDBOX/units/$unit.enabled" ;;
  enable) touch "$SANDBOX/units/$unit.enabled" ;;
  restart) touch "$SANDBOX/units/$unit.active" ;;
  disable) rm -f "$SANDBOX/units/$unit".* ;;
  show) stat -c @%Y "$SANDBOX/units/$unit.active" ;;
esac
"""


class Thing(Declared):
    name: Literal["thing"]


class ThingOptions(Options):
    word: str = "one"
    probed: str = "flag"
    root: str = ""


def _node_files(options: ThingOptions) -> dict[str, str]:
    return {"root": options.root} if options.root else {}


THING = Feature(Thing, options=ThingOptions, artifacts=("tool",), node_files=_node_files)


def _parts_module(folder: Path, owner: str) -> ModuleType:
    """What a feature's folder holds as `parts`."""

    def parts(options: ThingOptions, given: Given) -> list[Part]:
        known = given.node_files.get("root", b"").decode()
        return [
            Directory(str(folder / "etc"), owner, "0750"),
            File(str(folder / f"etc/{options.word}.conf"), f"{options.word} {known}\n", owner),
            Installed("tool", given.artifacts["tool"], str(folder / "bin/tool")),
            Script("the flag", f"test -e {folder}/flag && echo 'fact flag up'", f"touch {folder}/flag"),
            Unit("thing", files=(str(folder / f"etc/{options.word}.conf"),)),
            Health("the thing", ("test", "-e", str(folder / options.probed)), "thing", 1),
        ]

    module = ModuleType(f"{Thing.__module__}.parts")
    module.__dict__["parts"] = parts
    return module


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    folder = tmp_path / "guest"
    folder.mkdir()
    owner = f"{folder.owner()}:{folder.group()}"
    monkeypatch.setattr(kind, "FEATURES", {**FEATURES, "thing": THING})
    module = _parts_module(folder, owner)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(download, "MARKS", str(tmp_path / "marks"))
    for loopback in loopback_ssh.serve(tmp_path, monkeypatch):
        loopback.script("systemctl", SYSTEMCTL)
        loopback.script("journalctl", "echo 'words from the log'")
        yield loopback


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """A web server on loopback with a program in two versions."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    for version in ("1", "2"):
        (folder / f"tool-{version}").write_text(f"#!/bin/sh\necho {version}\n")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


def spec(host: Loopback, mirror: str, version: str = "1", **more: Any) -> FeatureSpec:
    content = f"#!/bin/sh\necho {version}\n".encode()
    tool = Artifact(version=version, url=f"{mirror}/tool-{version}", sha256=hashlib.sha256(content).hexdigest())
    guest = LxcTarget(node=node_address(host.address, host.port), vmid=101)
    return FeatureSpec(target=guest, feature="thing", artifacts={"tool": tool}, **more)


PLANS = {
    "nothing to do": ((), []),
    "what is not met": (("file /a", "unit b"), [ApplyParts(("file /a", "unit b"))]),
}


@pytest.mark.parametrize(("unmet", "expected"), PLANS.values(), ids=PLANS.keys())
def test_plan(unmet: tuple[str, ...], expected: list[ApplyParts]) -> None:
    desired = FeatureSpec(target=LxcTarget(node="10.0.0.13", vmid=101), feature="thing")
    assert list(KIND.plan(desired.model_copy(update={"unmet": unmet}), desired)) == expected


def test_it_is_applied_once_and_then_costs_one_command(
    host: Loopback, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desired = spec(host, mirror)
    assert len(live(KIND, host.settings, desired).unmet) == 6
    assert converge(KIND, host.settings, desired)
    commands: list[object] = []
    run = ssh.run

    def counted(*args: Any, **more: Any) -> ssh.Completed:
        commands.append(args)
        return run(*args, **more)

    monkeypatch.setattr(ssh, "run", counted)
    seen = KIND.observe(host.settings, desired)
    assert seen is not None
    assert (seen.live, seen.outputs) == (desired, {"facts": {"flag": "up"}})
    assert len(commands) == 1


def test_drift_is_named_and_a_changed_file_restarts_its_unit(host: Loopback, mirror: str, tmp_path: Path) -> None:
    desired = spec(host, mirror)
    converge(KIND, host.settings, desired)
    (tmp_path / "guest/etc/one.conf").write_text("by hand")
    (tmp_path / "guest/bin/tool").write_text("#!/bin/sh\n")
    # as if no time had passed since its start, however slow this machine is
    (host.sandbox / "units/thing.active").touch()
    file = f"file {tmp_path}/guest/etc/one.conf"
    assert live(KIND, host.settings, desired).unmet == (file, "artifact tool")
    # older than the file that is about to be written, by more than the seconds that are compared
    os.utime(host.sandbox / "units/thing.active", (1, 1))
    before = host.calls().count("restart thing")
    converge(KIND, host.settings, desired)
    assert host.calls().count("restart thing") == before + 1


def test_another_version_shows_the_live_one(host: Loopback, mirror: str, tmp_path: Path) -> None:
    converge(KIND, host.settings, spec(host, mirror))
    newer = spec(host, mirror, "2")
    seen = live(KIND, host.settings, newer)
    assert (seen.artifacts["tool"].version, newer.artifacts["tool"].version) == ("1", "2")
    assert "artifact tool" in seen.unmet
    converge(KIND, host.settings, newer)
    assert "echo 2" in (tmp_path / "guest/bin/tool").read_text()


def test_a_wrong_checksum_installs_nothing(host: Loopback, mirror: str, tmp_path: Path) -> None:
    wrong = spec(host, mirror)
    wrong = wrong.model_copy(
        update={"artifacts": {"tool": wrong.artifacts["tool"].model_copy(update={"sha256": "0" * 64})}}
    )
    with pytest.raises(OperationError, match="expected 0000") as refused:
        converge(KIND, host.settings, wrong)
    assert "`artifacts` setting" in str(refused.value)
    assert not (tmp_path / "guest/bin/tool").exists()


def test_what_does_not_become_healthy_tells_the_units_log(host: Loopback, mirror: str) -> None:
    with pytest.raises(OperationError, match="apply health of the thing") as refused:
        converge(KIND, host.settings, spec(host, mirror, options={"probed": "nowhere"}))
    assert "words from the log" in str(refused.value)


def test_parts_that_options_left_behind_are_undone(host: Loopback, mirror: str, tmp_path: Path) -> None:
    one, two = spec(host, mirror), spec(host, mirror, options={"word": "two"})
    converge(KIND, host.settings, one)
    KIND.retire(host.settings, one, two)
    converge(KIND, host.settings, two)
    assert [path.name for path in (tmp_path / "guest/etc").iterdir()] == ["two.conf"]
    KIND.remove(host.settings, two)
    assert not list((tmp_path / "guest/etc").iterdir())
    assert not (host.sandbox / "units/thing.active").exists()


def test_it_waits_for_the_nodes_file(host: Loopback, mirror: str, tmp_path: Path) -> None:
    desired = spec(host, mirror, options={"root": str(tmp_path / "root.crt")})
    with pytest.raises(UnobservableError, match="is not there yet"):
        KIND.observe(host.settings, desired)
    (tmp_path / "root.crt").write_text("PEM")
    converge(KIND, host.settings, desired)
    assert (tmp_path / "guest/etc/one.conf").read_text() == "one PEM\n"


def test_a_template_is_started_for_a_change_only(host: Loopback, mirror: str) -> None:
    host.stop_guest(101)
    desired = spec(host, mirror, running=False)
    assert live(KIND, host.settings, desired) == desired
    with KIND.prepared(host.settings, desired):
        assert live(KIND, host.settings, desired).unmet
        converge(KIND, host.settings, desired)
        with KIND.prepared(host.settings, desired):
            pass
        assert not live(KIND, host.settings, desired).unmet
    assert (host.sandbox / "state/101.stopped").exists()


def test_a_running_guest_that_stopped_cannot_be_observed(host: Loopback, mirror: str) -> None:
    host.stop_guest(101)
    with pytest.raises(UnobservableError, match="not running"):
        KIND.observe(host.settings, spec(host, mirror))


def test_a_feature_of_a_guest_that_is_gone_is_absent(host: Loopback, mirror: str) -> None:
    host.script("pct", "echo \"Configuration file 'nodes/x/lxc/101.conf' does not exist\" >&2; exit 2")
    assert KIND.observe(host.settings, spec(host, mirror)) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"feature": "no_such"}, "there is no such feature; there are base_setup"),
        ({"artifacts": {}}, "no artifact tool"),
    ],
)
def test_a_wrong_description_is_refused(host: Loopback, mirror: str, change: dict[str, Any], said: str) -> None:
    with pytest.raises(OperationError, match=said):
        KIND.observe(host.settings, spec(host, mirror).model_copy(update=change))
