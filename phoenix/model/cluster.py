"""The whole cluster, and how to find one's way in it."""

from typing import Annotated, Any, Self

from pydantic import Field, PrivateAttr, StringConstraints

from phoenix.model.base import Model
from phoenix.model.ca import CertificateAuthority
from phoenix.model.certificate import Certificate
from phoenix.model.deployed import Deployed, entries, resource_name
from phoenix.model.document import Document
from phoenix.model.firewall import ClusterFirewall
from phoenix.model.gateway import Gateway
from phoenix.model.guest import Guest, LxcGuest, Mount, VmGuest
from phoenix.model.hook import Hook
from phoenix.model.located import Located
from phoenix.model.member import PortainerRole, Role, SwarmRole
from phoenix.model.node import Dns, Node
from phoenix.model.problem import ConfigurationError, Problem
from phoenix.model.stack import Stack
from phoenix.model.swarm import Swarm
from phoenix.vocabulary.numbers import Port


class Portainer(Model):
    """Portainer's server and agents."""

    admin: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")] = "admin"
    """Name of the first account."""
    port: Port = 9443
    """Of the server's HTTPS."""
    agent_port: Port = 9001
    """Of the agents."""


class ClusterFile(Model):
    """`cluster.yaml`: everything that is not a guest, a certificate or a stack."""

    node: Node
    """The Proxmox VE node."""
    dns: Dns
    """The node's name server."""
    firewall: ClusterFirewall
    """The node's firewall."""
    ca: CertificateAuthority
    """The certificate authority."""
    swarm: Swarm
    """The Docker Swarm."""
    portainer: Portainer = Portainer()
    """Portainer's server and agents."""
    gateway: Gateway = Gateway()
    """How the gateway's Nginx serves."""
    hooks: tuple[Hook, ...] = ()
    """Run after a whole `up`."""


class CertificatesFile(Model):
    """`certificates.yaml`."""

    certificates: tuple[Certificate, ...] = ()
    """The manifest: every certificate that the CA issues for this cluster."""


class Cluster(ClusterFile):
    """One cluster in one environment."""

    environment: str
    guests: tuple[Guest, ...] = Field(default=())
    """By VMID."""
    certificates: tuple[Certificate, ...] = ()
    stacks: tuple[Stack, ...] = ()
    """By name; those that a guest lists in `docker_stacks` are deployed."""
    _index: tuple[object, dict[int | str, LxcGuest | VmGuest]] = PrivateAttr(default=(None, {}))
    _places: dict[tuple[str, object], Located[Model]] = PrivateAttr(default_factory=dict)

    def read_from(self, *parts: Located[Model]) -> Self:
        """The same cluster, which knows where its parts stand."""
        for each in parts:
            self._places[_key(each.item)] = each
        return self

    def problem(self, part: Model, *loc: str | int, allowed: str, value: Any = None) -> Problem:
        """What is wrong at `loc` of a guest, a certificate or a stack, or of anything else in `cluster.yaml`."""
        return self.located(part).problem(*loc, allowed=allowed, value=value)

    def located(self, part: Model) -> Located[Model]:
        """The guest, certificate or stack, or anything else of `cluster.yaml`, with the document it was read from."""
        nowhere = Located(part, Document(" ".join(map(str, _key(part))), part.model_dump(mode="json"), None))
        return self._places.get(_key(part), nowhere)

    def refuse(self, part: Model, *loc: str | int, allowed: str, value: Any = None) -> ConfigurationError:
        """The error about that problem alone."""
        return ConfigurationError([self.problem(part, *loc, allowed=allowed, value=value)])

    def guest(self, key: int | str) -> LxcGuest | VmGuest:
        """The guest with this VMID or name (any case); raises KeyError."""
        guests, index = self._index
        if guests is not self.guests:
            # a copy of a cluster may have other guests
            index = {name: each for each in reversed(self.guests) for name in (each.vmid, each.host_name)}
            self._index = self.guests, index
        try:
            return index[key.lower() if isinstance(key, str) else key]
        except KeyError:
            raise KeyError(f"no guest {key}") from None

    @property
    def containers(self) -> tuple[LxcGuest, ...]:
        """Every container, by VMID."""
        return tuple(each for each in self.guests if isinstance(each, LxcGuest))

    @property
    def machines(self) -> tuple[VmGuest, ...]:
        """Every virtual machine, by VMID."""
        return tuple(each for each in self.guests if isinstance(each, VmGuest))

    def holder(self, role: Role) -> LxcGuest | VmGuest:
        """The guest that holds the role; raises KeyError when none does."""
        for each in self.guests:
            if role in each.roles:
                return each
        raise KeyError(f"no guest holds the role {role}")

    @property
    def gateway_guest(self) -> LxcGuest | VmGuest:
        """The guest whose Nginx ends TLS for everybody."""
        return self.holder(Role.GATEWAY)

    @property
    def traefik(self) -> LxcGuest | VmGuest:
        """The guest that routes names to services."""
        return self.holder(Role.TRAEFIK)

    @property
    def ca_guest(self) -> LxcGuest | VmGuest:
        """The guest that Step-CA runs in."""
        return self.holder(Role.CA)

    def storage(self, guest: LxcGuest | VmGuest) -> str:
        """The storage of the guest's root disk."""
        storages = self.node.storages
        return guest.storage or (storages.lxc if isinstance(guest, LxcGuest) else storages.vm)

    def host_path(self, guest: LxcGuest, mount: Mount) -> str:
        """The node's directory that the mount shows."""
        return self.node.paths.of_container(guest.vmid, mount.host_path)

    @property
    def swarm_members(self) -> tuple[VmGuest, ...]:
        """Every member of the Swarm, the manager first."""
        members = [each for each in self.machines if each.swarm is not None]
        return tuple(sorted(members, key=lambda each: each.swarm is None or each.swarm.role is not SwarmRole.MANAGER))

    @property
    def swarm_manager(self) -> VmGuest:
        """The Swarm's one manager; raises KeyError when there is none."""
        for each in self.machines:
            if each.swarm is not None and each.swarm.role is SwarmRole.MANAGER:
                return each
        raise KeyError("no guest is the Swarm's manager")

    @property
    def swarm_workers(self) -> tuple[VmGuest, ...]:
        """Every worker, by VMID."""
        return tuple(each for each in self.swarm_members if each.swarm and each.swarm.role is SwarmRole.WORKER)

    @property
    def portainer_primary(self) -> VmGuest:
        """The guest that Portainer's server runs on; raises KeyError when there is none."""
        for each in self.machines:
            if each.portainer is not None and each.portainer.role is PortainerRole.PRIMARY:
                return each
        raise KeyError("no guest is Portainer's primary")

    @property
    def portainer_agents(self) -> tuple[VmGuest, ...]:
        """Every guest that is an environment of Portainer, by VMID."""
        return tuple(each for each in self.machines if each.portainer and each.portainer.role is PortainerRole.AGENT)

    def certificate(self, name: str) -> Certificate:
        """The certificate with this name; raises KeyError."""
        for each in self.certificates:
            if each.name == name:
                return each
        raise KeyError(f"no certificate {name}")

    def stack(self, name: str) -> Stack:
        """The stack with this name; raises KeyError."""
        for each in self.stacks:
            if each.name == name:
                return each
        raise KeyError(f"no stack {name}")

    def stacks_of(self, guest: LxcGuest | VmGuest) -> tuple[Deployed, ...]:
        """The stacks that the guest lists, each in the cluster's environment or in those that it names."""
        return tuple(
            Deployed(
                self.stack(each.stack), each.environment, resource_name(each.stack, each.environment, self.environment)
            )
            for each in entries(guest, self.environment)
        )

    @property
    def deployed(self) -> tuple[Deployed, ...]:
        """Every stack that a guest lists."""
        return tuple(each for guest in self.guests for each in self.stacks_of(guest))

    @property
    def ca_url(self) -> str:
        """Where Step-CA answers, by address: it must work before any name does."""
        return f"https://{self.ca_guest.address}:{self.ca.port}"

    @property
    def portainer_url(self) -> str:
        """Where Portainer's API answers, by address: the gateways come later."""
        return f"https://{self.portainer_primary.address}:{self.portainer.port}"


def _key(part: Model) -> tuple[str, object]:
    match part:
        case LxcGuest() | VmGuest():
            return "guest", part.vmid
        case Certificate():
            return "certificate", part.name
        case Stack():
            return "stack", part.name
        case _:
            return "cluster", ""
