"""The flat apt repository: ``.deb`` files beside a ``Packages.gz`` and an unsigned ``Release``."""

import gzip
import hashlib
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from lab.apt import CODENAME
from lab.images.parts import file_digest, part, sources
from lab.mirror.download import download
from lab.mirror.packages import WANTED


def repository() -> Path:
    """The cached repository of the wanted packages."""

    def fill(room: Path) -> None:
        work = room / "work"
        write(download(WANTED, work), room)
        shutil.rmtree(work)

    return part("debian", [CODENAME, *WANTED, *sources(Path(__file__).parent)], fill)


def write(archives: Iterable[Path], room: Path) -> None:
    """Move archives into a directory and write its index; file names are made plain for URLs.

    :raises subprocess.CalledProcessError: a file is no Debian package.
    """
    stanzas = []
    for archive in sorted(archives):
        target = room / archive.name.replace("%3a", "_").replace("~", "_")
        archive.rename(target)
        stanzas.append(_stanza(target))
    plain = "\n".join(stanzas).encode()
    packed = gzip.compress(plain, mtime=0)
    (room / "Packages.gz").write_bytes(packed)
    (room / "Release").write_text(_release({"Packages": plain, "Packages.gz": packed}))


def _release(indices: Mapping[str, bytes]) -> str:
    """What apt checks the index against; it wants the plain index named even where only the packed one is served."""
    lines = ["Origin: lab", f"Suite: {CODENAME}", "Architectures: all amd64"]
    lines += [f"Date: {format_datetime(datetime.now(UTC), usegmt=True)}", "SHA256:"]
    lines += [f" {hashlib.sha256(raw).hexdigest()} {len(raw)} {name}" for name, raw in indices.items()]
    return "\n".join(lines) + "\n"


def _stanza(archive: Path) -> str:
    """A package's own control fields, and where the index's reader finds it."""
    command = ["dpkg-deb", "--field", str(archive)]
    control = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    where = f"Filename: ./{archive.name}\nSize: {archive.stat().st_size}\nSHA256: {file_digest(archive)}\n"
    return control.rstrip("\n") + "\n" + where


def archive(package: str, directory: Path) -> Path:
    """The ``.deb`` file of a package in a repository.

    :raises LookupError: there is none.
    """
    found = sorted(directory.glob(f"{package}_*.deb"))
    if not found:
        raise LookupError(f"the mirror in {directory} has no package {package}")
    return found[-1]
