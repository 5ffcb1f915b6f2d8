"""What stage 5 makes: Portainer by the Swarm itself, its environments, then the application stacks through its API."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from phoenix.model import Cluster, DeployedBy, VmGuest, sourced
from phoenix.model.deployed import Deployed
from phoenix.model.placement import Folder, bind_sources, bound_directories, bound_volumes
from phoenix.plan import compose, features, targets
from phoenix.plan.placed import placed
from phoenix.specs.files import BindSourceSpec, DirectorySpec
from phoenix.specs.portainer import PortainerAdminSpec, PortainerEndpointSpec, PortainerServer
from phoenix.specs.stacks import PortainerStackSpec, StackSpec, SwarmStackSpec
from phoenix.specs.target import VmTarget
from phoenix.vocabulary.portainer import of_image

StackSpecT = TypeVar("StackSpecT", bound=StackSpec)


@dataclass(frozen=True)
class DeployedPlan(Generic[StackSpecT]):
    """A stack on its guest. `secrets` are the base names of its Docker secrets, by their keys in the compose file.

    `named_configs` are those of its Docker configs that are of no file, `configs` of those that are; `networks` the
    names of others' networks that it is on, `volumes` and `sources` the folders that it mounts, by VMID and path.
    The spec's compose file has the base names; `compose` makes it anew with the names of secrets and configs, by their
    keys, that exist in the Swarm.
    """

    stack: StackSpecT
    secrets: Mapping[str, str]
    named_configs: Mapping[str, str]
    compose: Callable[[Mapping[str, str], Mapping[str, str]], str]
    configs: tuple[str, ...]
    networks: tuple[str, ...]
    volumes: Mapping[str, DirectorySpec]
    sources: Mapping[str, BindSourceSpec]


@dataclass(frozen=True)
class ServicesPlan:
    """Stacks by their names among the resources, environments of Portainer by theirs."""

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
        by_swarm={
            each.resource: _by_swarm(cluster, guest, each) for guest, each in _assigned(cluster, DeployedBy.SWARM)
        },
        admin=PortainerAdminSpec(
            server=server,
            version=_version(cluster),
            engines=tuple(targets.machine(cluster, each) for each in cluster.swarm_members),
        ),
        endpoints={
            str(agent.environment_name): _endpoint(cluster, agent, server) for agent in cluster.portainer_agents
        },
        by_portainer={
            each.resource: _by_portainer(cluster, guest, each, server)
            for guest, each in _assigned(cluster, DeployedBy.PORTAINER)
        },
    )


def _version(cluster: Cluster) -> str:
    """What the tag of the server's image tells, empty for nothing."""
    composes = (each.stack.filled(each.environment) for each in cluster.stacks_of(cluster.portainer_primary))
    told = (of_image(str(service.get("image"))) for compose in composes for service in compose["services"].values())
    return next((str(version) for version in told if version is not None), "")


def _assigned(cluster: Cluster, how: DeployedBy) -> list[tuple[VmGuest, Deployed]]:
    return [
        (guest, each)
        for guest in cluster.machines
        for each in cluster.stacks_of(guest)
        if each.stack.deployed_by is how
    ]


def _by_swarm(cluster: Cluster, guest: VmGuest, deployed: Deployed) -> DeployedPlan[SwarmStackSpec]:
    with placed(cluster, deployed.stack):
        spec = SwarmStackSpec(
            name=deployed.name,
            compose=_with_bases(deployed, guest),
            env=compose.variables(deployed.environment),
            limit=deployed.stack.deploy_timeout,
            manager=targets.machine(cluster, cluster.swarm_manager),
        )
    return _deployed(cluster, spec, guest, deployed)


def _by_portainer(
    cluster: Cluster, guest: VmGuest, deployed: Deployed, server: PortainerServer
) -> DeployedPlan[PortainerStackSpec]:
    with placed(cluster, deployed.stack):
        spec = PortainerStackSpec(
            name=deployed.name,
            compose=_with_bases(deployed, guest),
            env=compose.variables(deployed.environment),
            limit=deployed.stack.deploy_timeout,
            server=server,
            endpoint=str(guest.environment_name),
        )
    return _deployed(cluster, spec, guest, deployed)


def _deployed(cluster: Cluster, spec: StackSpecT, guest: VmGuest, deployed: Deployed) -> DeployedPlan[StackSpecT]:
    stack, environment = deployed.stack, deployed.environment
    secrets, named = _names(deployed)
    with placed(cluster, stack):
        volumes = {
            f"{target.vmid}-{each.path}": DirectorySpec(
                target=target,
                path=each.path,
                volumes=bound_volumes(stack, environment, each.path, deployed.name),
            )
            for each in bound_directories(stack, environment)
            for target in _targets(cluster, guest, each)
        }
        sources = {
            f"{target.vmid}-{each.path}": BindSourceSpec(target=target, path=each.path)
            for each in bind_sources(stack, environment)
            for target in _targets(cluster, guest, each)
        }
    made_anew = partial(compose.render, stack, environment, guest)
    configs = tuple(stack.config_files(environment))
    networks = stack.external_networks(environment)
    return DeployedPlan(spec, secrets, named, made_anew, configs, networks, volumes, sources)


def _names(deployed: Deployed) -> tuple[Mapping[str, str], Mapping[str, str]]:
    stack, name = deployed.stack, deployed.environment_name
    return sourced.secret_names(stack, name), sourced.config_names(stack, name)


def _targets(cluster: Cluster, guest: VmGuest, folder: Folder) -> Iterator[VmTarget]:
    for each in cluster.swarm_members if folder.everywhere else (guest,):
        yield targets.machine(cluster, each)


def _with_bases(deployed: Deployed, guest: VmGuest) -> str:
    return compose.render(deployed.stack, deployed.environment, guest, *_names(deployed))


def _endpoint(cluster: Cluster, agent: VmGuest, server: PortainerServer) -> PortainerEndpointSpec:
    with placed(cluster, agent, places={"name": (agent, ("portainer", "environment"))}):
        return PortainerEndpointSpec(
            server=server,
            name=str(agent.environment_name),
            endpoint_url=f"tcp://{agent.address}:{cluster.portainer.agent_port}",
            # the manager's knows the Swarm: the others find it through that one
            agents=tuple(targets.machine(cluster, each) for each in (cluster.swarm_manager, agent)),
        )
