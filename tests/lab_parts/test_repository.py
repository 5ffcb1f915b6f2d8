"""The flat repository is one that apt reads, installs from and verifies."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lab.mirror.repository import archive, write

pytestmark = pytest.mark.skipif(
    shutil.which("dpkg-deb") is None or shutil.which("apt-get") is None, reason="needs apt and dpkg"
)


def build(room: Path, name: str, version: str, depends: str = "") -> Path:
    """Make a small Debian package, named as apt names its downloads."""
    control = room / name / "DEBIAN" / "control"
    control.parent.mkdir(parents=True)
    extra = f"Depends: {depends}\n" if depends else ""
    control.write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: lab <lab@localhost>\n{extra}"
        f"Description: made by a test\n of two lines\n"
    )
    file = room / f"{name}_{version.replace(':', '%3a')}_all.deb"
    subprocess.run(["dpkg-deb", "--build", str(room / name), str(file)], check=True, capture_output=True, timeout=60)
    return file


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two packages, one of which needs the other."""
    room, work = tmp_path / "repository", tmp_path / "work"
    room.mkdir()
    work.mkdir()
    write([build(work, "lab-base", "1:2.0~rc1"), build(work, "lab-tool", "3", "lab-base (>= 1:1)")], room)
    return room


def apt(repository: Path, state: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run apt-get against nothing but the repository, on an empty machine."""
    for directory in ("lists/partial", "archives/partial", "parts"):
        (state / directory).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    (state / "sources.list").write_text(f"deb [trusted=yes] copy:{repository} ./\n")
    settings = {
        "Dir::State": state,
        "Dir::State::status": state / "status",
        "Dir::Cache": state,
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": state / "parts",
        "APT::Sandbox::User": "root",
    }
    options = [f"-o{key}={value}" for key, value in settings.items()]
    return subprocess.run(["apt-get", *options, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_apt_downloads_a_package_with_what_it_needs(repository: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    update = apt(repository, state, "update")
    assert update.returncode == 0, update.stderr
    install = apt(repository, state, "install", "--download-only", "-y", "lab-tool")
    assert install.returncode == 0, install.stderr
    names = {file.name for file in (state / "archives").glob("*.deb")}
    assert names == {"lab-base_1%3a2.0~rc1_all.deb", "lab-tool_3_all.deb"}


def test_apt_refuses_an_altered_package(repository: Path, tmp_path: Path) -> None:
    file = repository / "lab-tool_3_all.deb"
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    state = tmp_path / "state"
    apt(repository, state, "update")
    install = apt(repository, state, "install", "--download-only", "-y", "lab-tool")
    assert install.returncode != 0
    assert "Hash Sum mismatch" in install.stderr


def test_file_names_are_plain_for_urls(repository: Path) -> None:
    assert archive("lab-base", repository).name == "lab-base_1_2.0_rc1_all.deb"
    with pytest.raises(LookupError, match="no package lab"):
        archive("lab", repository)
