"""Nginx' module for TCP, of the distribution's package: installed, or unpacked into the project's cache."""

import shutil
import subprocess
from functools import cache as once
from pathlib import Path

from toolchain.places import cache

PACKAGE = "libnginx-mod-stream"
_FILE = "usr/lib/nginx/modules/ngx_stream_module.so"


@once
def stream_module() -> Path | None:
    """The module that fits the Nginx that is installed; None where it cannot be had."""
    if (installed := Path("/") / _FILE).exists():
        return installed
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    version = _run("dpkg-query", "-W", "-f", "${Version}", "nginx-common")
    folder = cache() / f"{PACKAGE}-{version.replace(':', '-')}"
    if not (folder / _FILE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run("apt-get", "download", "-q", f"{PACKAGE}={version}", folder=folder)
        for package in folder.glob("*.deb"):
            _run("dpkg-deb", "-x", str(package), str(folder))
    return folder / _FILE if (folder / _FILE).exists() else None


def _run(*argv: str, folder: Path | None = None) -> str:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip()
