"""The public half of a private key's file, as OpenSSH and asyncssh have it."""

import subprocess
from pathlib import Path

import asyncssh
import pytest

from phoenix.clients.ssh_key import public_key


def made(folder: Path, *words: str) -> Path:
    """A key by `ssh-keygen`."""
    path = folder / "key"
    subprocess.run(["ssh-keygen", "-q", *words, "-f", str(path)], check=True, timeout=60)
    return path


@pytest.mark.parametrize("kind", [("ed25519",), ("ecdsa", "-b", "521"), ("rsa", "-b", "2048")], ids=lambda it: it[0])
@pytest.mark.parametrize("comment", ["", "web", "two words"])
def test_the_line_that_openssh_writes(tmp_path: Path, kind: tuple[str, ...], comment: str) -> None:
    path = made(tmp_path, "-t", *kind, "-N", "", "-C", comment)
    assert public_key(path) == path.with_suffix(".pub").read_text().strip()
    assert public_key(path) == asyncssh.read_private_key(path).export_public_key().decode().strip()


def test_other_formats_are_read_too(tmp_path: Path) -> None:
    path = made(tmp_path, "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-C", "it has none")
    assert public_key(path) == asyncssh.read_private_key(path).export_public_key().decode().strip()


def test_a_locked_one_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, "-t", "ed25519", "-N", "secret words", "-C", "")
    with pytest.raises(ValueError, match=f"{path}: Passphrase must be"):
        public_key(path)


@pytest.mark.parametrize("keep", [0, 40, 60, 120, 300])
def test_what_is_cut_is_refused(tmp_path: Path, keep: int) -> None:
    path = made(tmp_path, "-t", "ed25519", "-N", "", "-C", "")
    text = path.read_text()
    path.write_text(text[:keep] + "\n" + text[-34:])
    with pytest.raises(ValueError, match=str(path)):
        public_key(path)


def test_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="none"):
        public_key(tmp_path / "none")
