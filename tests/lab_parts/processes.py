"""Programs that a test starts on loopback, and always ends."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def running(
    command: list[str], address: tuple[str, int], environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a program until the block ends; AssertionError when nothing listens at ``address`` within ten seconds."""
    process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(address, timeout=1).close()
                break
            except OSError:
                time.sleep(0.02)
        else:
            raise AssertionError(f"{command[0]} does not listen on {address}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
