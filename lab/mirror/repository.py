"""The flat apt repository: ``.deb`` files beside a ``Packages.gz`` and an unsigned ``Release``."""

import gzip
import hashlib
import shutil
import subprocess
from collections.abc import Iterable
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
    raw = gzip.compress("\n".join(stanzas).encode(), mtime=0)
    (room / "Packages.gz").write_bytes(raw)
    index = hashlib.sha256(raw).hexdigest()
    (room / "Release").write_text(
        f"Origin: lab\nSuite: {CODENAME}\nArchitectures: amd64\nSHA256:\n {index} {len(raw)} Packages.gz\n"
    )


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
