"""A Portainer on loopback, whose root certificate lies on a node with an SSH port of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import loopback_ssh, portainer_server
from tests.portainer_server import Server


def serve(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of that kind, not yet started."""
    for host in loopback_ssh.serve(tmp_path, monkeypatch):
        yield from portainer_server.make(kind, tmp_path, host)
