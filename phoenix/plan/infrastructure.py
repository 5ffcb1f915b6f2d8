"""What stage 1 makes: the owner's marker, shared directories and stack files, DNS, firewall, guests, trust."""

from collections.abc import Mapping
from dataclasses import dataclass

from phoenix.model import Cluster
from phoenix.model.order import Waiting, waiting
from phoenix.plan import authority, dns, firewall, guests, order, stack_files, targets
from phoenix.plan.choices import Choices
from phoenix.plan.guests import GuestPlan
from phoenix.plan.placed import placed
from phoenix.specs.files import DirectorySpec, FileSetSpec, StackFilesSpec
from phoenix.specs.pki import AuthorityRootsSpec, TrustedRootSpec
from phoenix.specs.program import OwnerSpec


@dataclass(frozen=True)
class InfrastructurePlan:
    """`guests` are in the order in which they are made; `waits_for` are the VMIDs that each waits for."""

    owner: OwnerSpec
    shared: tuple[DirectorySpec, ...]
    stack_files: Mapping[str, StackFilesSpec]
    dns: FileSetSpec
    firewall: FileSetSpec
    guests: Mapping[int, GuestPlan]
    waits_for: Waiting
    ca_guest: int
    roots: AuthorityRootsSpec
    trusted_root: TrustedRootSpec


def plan(cluster: Cluster, choices: Choices) -> InfrastructurePlan:
    """Raises ConfigurationError."""
    return InfrastructurePlan(
        owner=OwnerSpec(node=cluster.node.at, owner=choices.owner),
        shared=tuple(_shared(cluster)),
        stack_files=stack_files.by_stack(cluster),
        dns=dns.files(cluster),
        firewall=firewall.file_set(cluster),
        guests={vmid: guests.plan(cluster, cluster.guest(vmid), choices) for vmid in order.creation_order(cluster)},
        waits_for=waiting(cluster.guests),
        ca_guest=cluster.ca_guest.vmid,
        roots=authority.roots(cluster),
        trusted_root=authority.trusted_by_the_node(cluster),
    )


def _shared(cluster: Cluster) -> list[DirectorySpec]:
    paths = cluster.node.paths
    shared = [paths.stacks, *(f"{paths.vm_persistent}/{each.vmid}" for each in cluster.machines if each.nfs)]
    with placed(cluster, cluster, places={"path": (cluster, ("node", "paths"))}):
        return [DirectorySpec(target=targets.node(cluster), path=path) for path in shared]
