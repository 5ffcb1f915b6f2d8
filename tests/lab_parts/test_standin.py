"""The stand-in answers on the ports and paths of the programs it stands in for."""

import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from lab.images import artifacts, programs
from tests.lab_parts.processes import running
from tests.ports import free_port

CASES = [
    ("ollama", ["serve"], {"OLLAMA_HOST": "127.0.0.1:{port}"}, "/", "Ollama is running"),
    ("ollama", ["serve"], {"OLLAMA_HOST": "127.0.0.1:{port}"}, "/api/tags", '{"models":[]}\n'),
    ("vllm", ["serve", "team/model", "--host", "127.0.0.1", "--port", "{port}"], {}, "/health", ""),
    (
        "vllm",
        ["serve", "team/model", "--trust-remote-code", "--host=127.0.0.1", "--port={port}"],
        {},
        "/v1/models",
        '{"data":[{"id":"team/model","object":"model"}],"object":"list"}\n',
    ),
    ("llama-server", ["--host", "127.0.0.1", "--port", "{port}"], {}, "/health", '{"status":"ok"}\n'),
    ("llama-server-b7054", ["--host", "127.0.0.1", "--port", "{port}"], {}, "/health", '{"status":"ok"}\n'),
    ("thinkheads_ai_app", [], {"API_PORT": "{port}"}, "/health", '{"status":"ok"}\n'),
]


@pytest.mark.parametrize(("name", "arguments", "environment", "path", "body"), CASES)
def test_answers(
    tmp_path: Path, name: str, arguments: list[str], environment: dict[str, str], path: str, body: str
) -> None:
    program = tmp_path / name
    shutil.copy2(programs.standin(), program)
    port = free_port()
    command = [str(program), *(word.format(port=port) for word in arguments)]
    settings = {key: value.format(port=port) for key, value in environment.items()}
    with running(command, ("127.0.0.1", port), settings), requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"http://127.0.0.1:{port}{path}", timeout=10)
        assert (answer.status_code, answer.text) == (200, body)
        assert session.get(f"http://127.0.0.1:{port}/nothing", timeout=10).status_code == 404


def test_qdrant_opens_both_ports(tmp_path: Path) -> None:
    if any(_taken(port) for port in (6333, 6334)):
        pytest.skip("port 6333 or 6334 is in use on this machine")
    program = tmp_path / "qdrant"
    shutil.copy2(programs.standin(), program)
    with running([str(program)], ("127.0.0.1", 6333)), requests.Session() as session:
        session.trust_env = False
        assert session.get("http://127.0.0.1:6333/healthz", timeout=10).status_code == 200
        socket.create_connection(("127.0.0.1", 6334), timeout=5).close()


@pytest.mark.parametrize("name", ["ollama", "vllm", "llama-server"])
def test_versions_are_those_of_the_artifacts(tmp_path: Path, name: str) -> None:
    program = tmp_path / name
    shutil.copy2(programs.standin(), program)
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True, timeout=10).stdout
    (version,) = [one.version for one in artifacts.wanted() if one.file == name]
    assert version.lstrip("b") in said


@pytest.mark.parametrize("command", [["unknown"], ["ollama", "pull"], ["vllm", "chat"]])
def test_wrong_calls_are_refused(tmp_path: Path, command: list[str]) -> None:
    program = tmp_path / command[0]
    shutil.copy2(programs.standin(), program)
    run = subprocess.run([str(program), *command[1:]], capture_output=True, text=True, check=False, timeout=10)
    assert run.returncode == 2
    assert run.stderr


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
