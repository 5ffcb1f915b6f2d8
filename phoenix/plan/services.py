"""What stage 5 makes: Portainer by the Swarm itself, its environments, then the application stacks through its API."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from phoenix.model import Cluster, DeployedBy, Stack, StackEnvironment, VmGuest
from phoenix.model.placement import Folder, bind_sources, bound_directories
from phoenix.plan import compose, features, targets
from phoenix.plan.placed import placed
from phoenix.specs.files import BindSourceSpec, DirectorySpec
from phoenix.specs.portainer import PortainerAdminSpec, PortainerEndpointSpec, PortainerServer
from phoenix.specs.stacks import PortainerStackSpec, StackSpec, SwarmStackSpec
from phoenix.specs.target import VmTarget

StackSpecT = TypeVar("StackSpecT", bound=StackSpec)


@dataclass(frozen=True)
class DeployedPlan(Generic[StackSpecT]):
    """A stack on its guest. `secrets` are the base names of the Docker secrets that it mounts.

    `volumes` and `sources` are the folders that it mounts, by VMID and path.
    The spec's compose file has the base names; `compose` makes it anew with the names that exist in the Swarm.
    """

    stack: StackSpecT
    secrets: tuple[str, ...]
    compose: Callable[[Mapping[str, str]], str]
    volumes: Mapping[str, DirectorySpec]
    sources: Mapping[str, BindSourceSpec]


@dataclass(frozen=True)
class ServicesPlan:
    """Stacks by their names in the configuration, environments of Portainer by theirs."""

    by_swarm: Mapping[str, DeployedPlan[SwarmStackSpec]]
    admin: PortainerAdminSpec
    endpoints: Mapping[str, PortainerEndpointSpec]
    by_portainer: Mapping[str, DeployedPlan[PortainerStackSpec]]


def plan(cluster: Cluster) -> ServicesPlan:
    """Raises ConfigurationError."""
    server = PortainerServer(
        url=cluster.portainer_url,
        node=cluster.node.at,
        root_path=features.root_path(cluster),
        user=cluster.portainer.admin,
    )
    return ServicesPlan(
        by_swarm={each[1].name: _by_swarm(cluster, *each) for each in _assigned(cluster, DeployedBy.SWARM)},
        admin=PortainerAdminSpec(server=server),
        endpoints={
            str(agent.environment_name): _endpoint(cluster, agent, server) for agent in cluster.portainer_agents
        },
        by_portainer={
            each[1].name: _by_portainer(cluster, *each, server) for each in _assigned(cluster, DeployedBy.PORTAINER)
        },
    )


def _assigned(cluster: Cluster, how: DeployedBy) -> list[tuple[VmGuest, Stack, StackEnvironment]]:
    return [
        (guest, stack, environment)
        for guest in cluster.machines
        for stack, environment in cluster.stacks_of(guest)
        if stack.deployed_by is how
    ]


def _by_swarm(
    cluster: Cluster, guest: VmGuest, stack: Stack, environment: StackEnvironment
) -> DeployedPlan[SwarmStackSpec]:
    with placed(cluster, stack):
        spec = SwarmStackSpec(
            name=compose.stack_name(stack, cluster.environment),
            compose=_with_bases(stack, environment, guest),
            env=compose.variables(environment),
            limit=stack.deploy_timeout,
            manager=targets.machine(cluster, cluster.swarm_manager),
        )
    return _deployed(cluster, spec, guest, stack, environment)


def _by_portainer(
    cluster: Cluster, guest: VmGuest, stack: Stack, environment: StackEnvironment, server: PortainerServer
) -> DeployedPlan[PortainerStackSpec]:
    with placed(cluster, stack):
        spec = PortainerStackSpec(
            name=compose.stack_name(stack, cluster.environment),
            compose=_with_bases(stack, environment, guest),
            env=compose.variables(environment),
            limit=stack.deploy_timeout,
            server=server,
            endpoint=str(guest.environment_name),
        )
    return _deployed(cluster, spec, guest, stack, environment)


def _deployed(
    cluster: Cluster, spec: StackSpecT, guest: VmGuest, stack: Stack, environment: StackEnvironment
) -> DeployedPlan[StackSpecT]:
    secrets = tuple(dict.fromkeys(stack.external_secrets.values()))
    with placed(cluster, stack):
        volumes = {
            f"{target.vmid}-{each.path}": DirectorySpec(target=target, path=each.path)
            for each in bound_directories(stack, environment)
            for target in _targets(cluster, guest, each)
        }
        sources = {
            f"{target.vmid}-{each.path}": BindSourceSpec(target=target, path=each.path)
            for each in bind_sources(stack, environment)
            for target in _targets(cluster, guest, each)
        }
    return DeployedPlan(spec, secrets, partial(compose.render, stack, environment, guest), volumes, sources)


def _targets(cluster: Cluster, guest: VmGuest, folder: Folder) -> Iterator[VmTarget]:
    for each in cluster.swarm_members if folder.everywhere else (guest,):
        yield targets.machine(cluster, each)


def _with_bases(stack: Stack, environment: StackEnvironment, guest: VmGuest) -> str:
    return compose.render(stack, environment, guest, {base: base for base in stack.external_secrets.values()})


def _endpoint(cluster: Cluster, agent: VmGuest, server: PortainerServer) -> PortainerEndpointSpec:
    with placed(cluster, agent, places={"name": (agent, ("portainer", "environment"))}):
        return PortainerEndpointSpec(
            server=server,
            name=str(agent.environment_name),
            endpoint_url=f"tcp://{agent.address}:{cluster.portainer.agent_port}",
            # the manager's knows the Swarm: the others find it through that one
            agents=tuple(targets.machine(cluster, each) for each in (cluster.swarm_manager, agent)),
        )
