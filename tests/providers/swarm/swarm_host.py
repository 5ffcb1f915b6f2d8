"""A manager on loopback: SSH to it is real, and so is its Docker engine, which starts no container.

Services therefore have no replicas; whatever needs a task that runs is tried on the lab.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from docker.client import DockerClient

from phoenix.clients import docker_engine
from phoenix.settings import Settings
from phoenix.specs.target import VmTarget
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback


@dataclass
class SwarmHost:
    """`manager` leads to `client`'s engine."""

    host: Loopback
    manager: VmTarget
    client: DockerClient
    socket: Path

    @property
    def settings(self) -> Settings:
        return self.host.settings

    def clear(self) -> None:
        """Takes all services and overlay networks away, and makes a swarm where there is none."""
        if self.client.info()["Swarm"]["LocalNodeState"] == "inactive":
            self.client.api.init_swarm(advertise_addr="127.0.0.1", listen_addr="127.0.0.1")
        for service in self.client.api.services():
            self.client.api.remove_service(service["ID"])


def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[SwarmHost]:
    """The manager; `socket` comes from `swarm_engine.serve`. `docker` on it speaks to that engine."""
    monkeypatch.setattr(docker_engine, "REMOTE_SOCKET", str(socket))
    monkeypatch.setattr(docker_engine, "_clients", {})
    client = DockerClient(base_url=f"unix://{socket}")
    for host in loopback_ssh.serve(tmp_path, monkeypatch):
        if cli := shutil.which("docker"):
            host.script("docker", f'DOCKER_HOST=unix://{socket} exec {cli} "$@"')
        node = node_address(host.address, host.port)
        manager = VmTarget(node=node, vmid=1001, address=host.address, user="someone")
        made = SwarmHost(host, manager, client, socket)
        made.clear()
        yield made
        made.clear()
    client.close()


def needs_cli() -> None:
    """Skips where there is no `docker` command."""
    if shutil.which("docker") is None:
        pytest.skip("there is no docker command")
