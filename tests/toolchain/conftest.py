"""Fixtures of the toolchain's tests: a fake executable on PATH, and a tiny Pulumi project on the real engine."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from toolchain.places import parts

MakeExecutable = Callable[[str, str], Path]


@pytest.fixture
def executable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeExecutable:
    """Puts a shell script of that name and body first on PATH."""
    room = tmp_path / "bin"
    room.mkdir()
    monkeypatch.setenv("PATH", f"{room}{os.pathsep}{os.environ['PATH']}")

    def make(name: str, body: str) -> Path:
        script = room / name
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
        return script

    return make


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for this test alone."""
    cache = tmp_path / "cache"
    monkeypatch.setenv("PHOENIX_CACHE", str(cache))
    return cache


@dataclass(frozen=True)
class Project:
    """A Pulumi project with its own file backend."""

    directory: Path
    env: dict[str, str]

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["pulumi", *args, "--non-interactive"],
            cwd=self.directory,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # as in a shell: a process group that an interrupt reaches as a whole
            start_new_session=True,
        )

    def run(self, *args: str) -> tuple[int, str]:
        """Exit code and output of a pulumi command, ended after two minutes."""
        process = self.start(*args)
        try:
            output, _ = process.communicate(timeout=120)
        finally:
            process.kill()
        return process.returncode, output


def path_with_host(host: str) -> str:
    """PATH on which the engine finds that language host: "own", or "official" from PHOENIX_PULUMI_PARTS."""
    engine = shutil.which("pulumi")
    if engine is None:
        pytest.skip("no Pulumi engine on PATH: run the tests with `make test`, or by bin/toolchain")
    given = parts()
    if host == "official":
        if given is None:
            pytest.skip("no official language host: PHOENIX_PULUMI_PARTS is not set")
        return os.environ["PATH"]
    if not Path(engine).with_name("python_host.py").exists():
        pytest.skip("the engine was not built here and has an official language host")
    return os.pathsep.join(entry for entry in os.environ["PATH"].split(os.pathsep) if entry != str(given))


class MakeProject(Protocol):
    def __call__(self, program: str, host: str = "own") -> Project: ...


@pytest.fixture
def project(tmp_path: Path) -> MakeProject:
    """Makes a project of one program, with its stack `dev` selected; skips where its host or engine is missing."""

    def make(program: str, host: str = "own") -> Project:
        path = path_with_host(host)
        directory = tmp_path / "project"
        state = tmp_path / "state"
        directory.mkdir()
        state.mkdir()
        (directory / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
        (directory / "__main__.py").write_text(program)
        env = {**os.environ, "PATH": path, "PULUMI_BACKEND_URL": f"file://{state}", "PULUMI_CONFIG_PASSPHRASE": "test"}
        made = Project(directory, env)
        code, output = made.run("stack", "init", "dev")
        assert code == 0, output
        return made

    return make
