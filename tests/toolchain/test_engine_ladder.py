"""The first step of the ladder: a `pulumi` on PATH is taken only when it is new enough and has its language host."""

import shutil
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.toolchain.conftest import MakeExecutable
from toolchain import build, engine, go


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0\n", (3, 259, 0)),
        ("3.217", (3, 217)),
        ("v3.260.0-alpha.x1", (3, 260, 0)),
        ("go1.26.8", (1, 26, 8)),
        ("go version go1.27 linux/amd64", (1, 27)),
        ("dev", None),
        ("", None),
    ],
)
def test_a_version_is_read_from_what_a_tool_prints(text: str, version: tuple[int, ...] | None) -> None:
    assert go.version_of(text) == version


@pytest.fixture
def bare_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH with the system's commands only, and no parts directory."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.delenv("PHOENIX_PULUMI_PARTS", raising=False)


@pytest.mark.usefixtures("bare_path")
@pytest.mark.parametrize(
    ("printed", "host", "taken"),
    [
        ("v3.217.0", True, True),
        ("v4.0.0", True, True),
        ("v3.216.9", True, False),
        ("v2.999.0", True, False),
        ("v3.272.0", False, False),
        ("broken", True, False),
    ],
)
def test_an_engine_on_path_is_taken_when_it_is_new_enough_and_whole(
    executable: MakeExecutable, printed: str, host: bool, taken: bool
) -> None:
    pulumi = executable("pulumi", f"echo {printed}")
    if host:
        executable("pulumi-language-python", "exit 0")
    assert engine.on_path() == (pulumi.parent if taken else None)


@pytest.mark.usefixtures("bare_path")
def test_no_engine_on_path_is_no_error() -> None:
    assert shutil.which("pulumi") is None
    assert engine.on_path() is None


def test_what_this_project_put_on_path_is_not_taken_for_the_users_own(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{own_cache}/engine-1:/usr/bin")
    assert engine.own_path() == "/usr/bin"


def test_go_of_a_module_is_read_from_its_go_mod(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module m\n\ngo 1.25.11\n")
    assert go.needed_by(tmp_path / "go.mod") == (1, 25, 11)


def test_a_go_on_path_that_is_new_enough_is_used(executable: MakeExecutable) -> None:
    own = executable("go", "echo go1.26.1")
    assert go.find((1, 26, 1)) == own


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"3.300.0")


def test_releases_that_answer_are_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        monkeypatch.setattr(engine, "RELEASES", f"http://127.0.0.1:{server.server_port}/")
        assert engine.internet_is_reached()


def test_releases_that_never_answer_are_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(engine, "RELEASES", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        monkeypatch.setattr(engine, "REACH_S", 2.0)
        start = time.monotonic()
        assert not engine.internet_is_reached()
        assert time.monotonic() - start < 5


@pytest.mark.engine
@pytest.mark.usefixtures("bare_path")
def test_without_the_open_internet_it_is_built_and_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not build.recipe("engine").target().exists():
        pytest.skip("the engine was not built on this machine")
    monkeypatch.setattr(engine, "RELEASES", "http://127.0.0.1:9/")
    found = engine.find()
    assert found.way == "built from Go modules"
    assert (found.directory / "pulumi").exists()
    assert capsys.readouterr().err.splitlines() == [
        "toolchain: engine: the official release cannot be had here; it comes from its Go modules"
    ]
