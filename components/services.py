"""Stage 5: Portainer by the Swarm itself, its endpoints, then the application stacks through its API."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.stage import Stage
from phoenix.model import Cluster, DeployedBy, Stack, StackEnvironment, VmGuest
from phoenix.plan import compose, features, guests
from phoenix.providers.directory import Directory
from phoenix.providers.portainer_admin import PortainerAdmin
from phoenix.providers.portainer_endpoint import PortainerEndpoint
from phoenix.providers.portainer_stack import PortainerStack
from phoenix.providers.swarm_stack import SwarmStack


class Services(Stage):
    """`endpoints` and `stacks` tell people what was deployed."""

    def __init__(
        self,
        cluster: Cluster,
        secrets: Mapping[str, pulumi.Output[str]],
        parent: pulumi.Resource,
        after: Sequence[pulumi.Resource],
    ) -> None:
        super().__init__("services", parent, after)
        self._cluster, self._secrets = cluster, secrets
        self.stacks: dict[str, pulumi.Input[Any]] = {}
        deployed = [self._by_swarm(*each) for each in self._assigned(DeployedBy.SWARM)]
        server = {
            "url": cluster.portainer_url,
            "node": str(cluster.node.ip),
            "root_path": features.root_path(cluster),
            "user": cluster.portainer.admin,
        }
        admin = PortainerAdmin("portainer-admin", {"server": server}, self.options(*deployed))
        self._endpoints = {agent.name: self._endpoint(agent, server, admin) for agent in cluster.portainer_agents}
        self.endpoints = {name: endpoint.status for name, endpoint in self._endpoints.items()}
        for each in self._assigned(DeployedBy.PORTAINER):
            self._by_portainer(*each, server=server)
        self.register_outputs({})

    def _assigned(self, how: DeployedBy) -> list[tuple[VmGuest, Stack, StackEnvironment]]:
        return [
            (guest, stack, environment)
            for guest in self._cluster.machines
            for stack, environment in self._cluster.stacks_of(guest)
            if stack.deployed_by is how
        ]

    def _properties(self, guest: VmGuest, stack: Stack, environment: StackEnvironment) -> dict[str, Any]:
        needed = {base: self._secrets[base] for base in stack.external_secrets.values()}
        rendered = pulumi.Output.all(**needed).apply(lambda names: compose.render(stack, environment, guest, names))
        return {
            "name": compose.stack_name(stack, self._cluster.environment),
            "compose": rendered if needed else compose.render(stack, environment, guest, {}),
            "env": compose.variables(environment),
        }

    def _volumes(self, guest: VmGuest, stack: Stack) -> list[Directory]:
        target = guests.target(self._cluster, guest)
        return [
            Directory(f"volume-{guest.vmid}-{path}", {"target": target, "path": path}, self.options())
            for path in stack.host_directories
        ]

    def _by_swarm(self, guest: VmGuest, stack: Stack, environment: StackEnvironment) -> SwarmStack:
        manager = guests.target(self._cluster, self._cluster.swarm_manager)
        properties = {**self._properties(guest, stack, environment), "manager": manager}
        made = SwarmStack(f"stack-{stack.name}", properties, self.options(*self._volumes(guest, stack)))
        self.stacks[stack.name] = made.condition
        return made

    def _endpoint(self, agent: VmGuest, server: dict[str, Any], admin: PortainerAdmin) -> PortainerEndpoint:
        assert agent.portainer is not None
        manager = self._cluster.swarm_manager
        properties = {
            "server": server,
            "name": agent.portainer.environment,
            "endpoint_url": f"tcp://{agent.address}:{self._cluster.portainer.agent_port}",
            # the manager's knows the Swarm: the others find it through that one
            "agents": [guests.target(self._cluster, each) for each in (manager, agent)],
        }
        return PortainerEndpoint(f"endpoint-{agent.portainer.environment}", properties, self.options(admin))

    def _by_portainer(self, guest: VmGuest, stack: Stack, environment: StackEnvironment, *, server: Any) -> None:
        assert guest.portainer is not None
        properties = {
            **self._properties(guest, stack, environment),
            "server": server,
            "endpoint": guest.portainer.environment,
        }
        endpoints = list(self._endpoints.values())
        made = PortainerStack(f"stack-{stack.name}", properties, self.options(*endpoints, *self._volumes(guest, stack)))
        self.stacks[stack.name] = made.condition
