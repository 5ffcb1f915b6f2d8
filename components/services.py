"""Stage 5: Portainer by the Swarm itself, its endpoints, then the application stacks through its API."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import pulumi

from components.distribution import Distribution
from components.guest import Guest
from components.stage import Stage
from phoenix.plan.services import DeployedPlan, ServicesPlan
from phoenix.providers.files.bind_source import BindSource
from phoenix.providers.files.directory import Directory
from phoenix.providers.portainer.admin import PortainerAdmin
from phoenix.providers.portainer.endpoint import PortainerEndpoint
from phoenix.providers.stacks.portainer_stack import PortainerStack
from phoenix.providers.stacks.swarm_stack import SwarmStack
from phoenix.providers.swarm.overlay_network import OverlayNetwork
from phoenix.specs.stacks import StackSpec

StackSpecT = TypeVar("StackSpecT", bound=StackSpec)


class Services(Stage):
    """`endpoints` and `stacks` tell people what was deployed."""

    def __init__(
        self,
        plan: ServicesPlan,
        distributed: Distribution,
        networks: Mapping[str, OverlayNetwork],
        guests: Mapping[int, Guest],
        parent: pulumi.Resource,
        after: Sequence[pulumi.Resource],
    ) -> None:
        super().__init__("services", parent, after)
        self._distributed, self._networks, self._guests = distributed, networks, guests
        self._volumes: dict[str, Directory] = {}
        self._sources: dict[str, BindSource] = {}
        self.stacks: dict[str, pulumi.Output[str]] = {}
        deployed: list[pulumi.Resource] = []
        for name, swarm in plan.by_swarm.items():
            options = self.options(*self._uses(swarm))
            made = SwarmStack(f"stack-{name}", swarm.stack, options, **self._flowing(swarm))
            deployed.append(made)
            self.stacks[name] = made.condition
        admin = PortainerAdmin("portainer-admin", plan.admin, self.options(*deployed))
        endpoints = {
            name: PortainerEndpoint(
                f"endpoint-{name}", each, self.options(admin, guests[each.agents[-1].vmid].resource)
            )
            for name, each in plan.endpoints.items()
        }
        self.endpoints = {name: endpoint.status for name, endpoint in endpoints.items()}
        for name, each in plan.by_portainer.items():
            options = self.options(*endpoints.values(), *self._uses(each))
            self.stacks[name] = PortainerStack(f"stack-{name}", each.stack, options, **self._flowing(each)).condition
        self.register_outputs({})

    def _flowing(self, plan: DeployedPlan[StackSpecT]) -> dict[str, pulumi.Output[str]]:
        """The compose file with the real names of secrets and configs, where it has any that the plan cannot know."""
        secrets = {key: self._distributed.secrets[base] for key, base in plan.secrets.items()}
        configs = {key: self._distributed.named_configs[base] for key, base in plan.named_configs.items()}
        if not (secrets or configs):
            return {}
        both = pulumi.Output.all(pulumi.Output.all(**secrets), pulumi.Output.all(**configs))
        return {"compose": both.apply(lambda names: plan.compose(*names))}

    def _uses(self, plan: DeployedPlan[StackSpecT]) -> list[pulumi.Resource]:
        """What must outlive the stack, when both are taken away: the engine does not look beyond what stays."""
        configs = [self._distributed.configs[base] for base in plan.configs]
        networks = [self._networks[name] for name in plan.networks if name in self._networks]
        return [*configs, *networks, *self._folders(plan)]

    def _folders(self, plan: DeployedPlan[StackSpecT]) -> list[pulumi.Resource]:
        """What the stack mounts; several stacks may mount one folder."""
        for name, volume in plan.volumes.items():
            if name not in self._volumes:
                self._volumes[name] = Directory(f"volume-{name}", volume, self._within(name))
        for name, source in plan.sources.items():
            if name not in self._sources:
                self._sources[name] = BindSource(f"bind-{name}", source, self._within(name))
        return [*(self._volumes[name] for name in plan.volumes), *(self._sources[name] for name in plan.sources)]

    def _within(self, folder: str) -> pulumi.ResourceOptions:
        return self.options(self._guests[int(folder.partition("-")[0])].resource)
