"""A manager on loopback whose engine is real, for kinds that live in a Swarm."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docker.client import DockerClient
from docker.types.services import ServiceMode, TaskTemplate

from phoenix.clients import docker_engine
from phoenix.providers.core.adapter import Provider
from phoenix.vocabulary.network import node_address
from tests import loopback_ssh
from tests.loopback_ssh import Loopback
from tests.providers.core.managed import Managed

DESIRED_MANAGER = {"kind": "vm", "node": "10.0.0.13", "vmid": 1001, "address": "10.0.0.111", "user": "phoenix_user"}
"""A manager for plans, which nobody connects to."""


@dataclass
class ManagedSwarm:
    """The Swarm as its operator sees it, and resources in it as the program does."""

    host: Loopback
    client: DockerClient

    @property
    def manager(self) -> dict[str, Any]:
        node = node_address(self.host.address, self.host.port)
        return {"kind": "vm", "node": node, "vmid": 1001, "address": self.host.address, "user": "root"}

    def managed(self, provider: Provider, **fields: Any) -> Managed:
        spec = provider.reconciler.spec.model_validate({"manager": self.manager, **fields})
        return Managed(provider, spec, self.host.settings)

    def run(self, service: str, task: TaskTemplate) -> None:
        """Creates the service, or moves it to that task; no container is started."""
        mode = ServiceMode("replicated", replicas=0)
        known = self.client.api.services(filters={"name": service})
        if known:
            version = known[0]["Version"]["Index"]
            self.client.api.update_service(known[0]["ID"], version, task_template=task, name=service, mode=mode)
        else:
            self.client.api.create_service(task, name=service, mode=mode)

    def stop_services(self) -> None:
        for service in self.client.api.services():
            self.client.api.remove_service(service["ID"])


def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[ManagedSwarm]:
    """The Swarm of the engine at `socket`; its services are gone afterwards."""
    monkeypatch.setattr(docker_engine, "REMOTE_SOCKET", str(socket))
    monkeypatch.setattr(docker_engine, "_clients", {})
    client = DockerClient(base_url=f"unix://{socket}")
    for host in loopback_ssh.serve(tmp_path, monkeypatch):
        swarm = ManagedSwarm(host, client)
        yield swarm
        swarm.stop_services()
    client.close()
