"""A real Docker engine, manager of a swarm of its own, in namespaces of its own: it starts no container."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from docker.client import DockerClient
from docker.errors import DockerException

START_SECONDS = 30.0
_RUN = """
ip link set lo up && mount -t tmpfs none /run && exec dockerd --data-root "$1/data" --exec-root "$1/exec" \\
  --pidfile "$1/pid" -H "unix://$1/sock" --iptables=false --ip6tables=false --bridge=none --storage-driver vfs
"""


def serve() -> Generator[Path, None, None]:
    """The path of the engine's socket; skips where there is no dockerd, or no right to make namespaces."""
    missing = [name for name in ("dockerd", "containerd", "unshare", "ip") if shutil.which(name) is None]
    if missing or os.getuid() != 0:
        pytest.skip(f"a Docker engine of its own needs root and {', '.join(missing or ['nothing else'])}")
    with tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True) as name:
        room = Path(name)
        argv = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", _RUN]
        with (room / "log").open("wb") as log:
            process = subprocess.Popen([*argv, "sh", str(room)], stdout=log, stderr=log)
        try:
            client = _answering(room, process)
            client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1")
            client.close()
            yield room / "sock"
        finally:
            process.kill()
            process.wait(10)


def _answering(room: Path, process: subprocess.Popen[bytes]) -> DockerClient:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            return DockerClient(base_url=f"unix://{room / 'sock'}")
        except DockerException:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    raise AssertionError(f"the engine did not start: {(room / 'log').read_text()[-2000:]}")
