"""The lab's Go programs are vetted and formatted."""

import subprocess
from pathlib import Path

import pytest

from lab.images.programs import LAB
from toolchain import go

MODULES = [LAB / "portainer", LAB / "images" / "standin"]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.name))
def test_vet_and_format(module: Path) -> None:
    program = go.find(go.needed_by(module / "go.mod"))
    vet = subprocess.run(
        [str(program), "vet", "./..."],
        cwd=module,
        env=go.environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert vet.returncode == 0, vet.stderr
    gofmt = program.resolve().parent / "gofmt"
    run = subprocess.run([str(gofmt), "-l", "."], cwd=module, capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout == ""
