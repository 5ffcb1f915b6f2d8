"""Directories that are shared where they must not be."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from phoenix.model.cluster import ClusterFile
from phoenix.model.document import Loc
from phoenix.model.draft import Draft
from phoenix.model.guest import LxcGuest, Mount
from phoenix.model.located import Located
from phoenix.model.member import Role
from phoenix.model.problem import Problem


def ca_directory(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A CA without its bind mount: its root certificate could not be read on the node."""
    wanted = cluster.item.ca.directory
    for each in draft.containers:
        if Role.CA in each.item.roles and wanted not in (mount.container_path for mount in each.item.mounts):
            yield each.problem("mounts", allowed=f"the CA needs a mount with container_path {wanted}")
    for machine in draft.machines:
        if Role.CA in machine.item.roles:
            yield machine.problem("roles", allowed="the CA is a container: its directory is a bind mount")


def private(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A directory with private keys that another guest can see."""
    for each, loc, path in _shared(draft, cluster):
        for secret, title, owner in _secrets(draft, cluster):
            if each != owner and _overlap(path, secret):
                yield each.document.problem(loc, value=path, allowed=f"not {title}, {secret}, nor anything around it")


def targets(draft: Draft, _cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """Two things mounted on one path of a guest."""
    for each in draft.containers:
        points = [(("mounts", n), mount.container_path) for n, mount in enumerate(each.item.mounts)]
        points += [(("volumes", n), volume.container_path) for n, volume in enumerate(each.item.volumes)]
        yield from _once(each, points, "container_path")
    for machine in draft.machines:
        nfs = [(("nfs", n), volume.mount_point) for n, volume in enumerate(machine.item.nfs)]
        yield from _once(machine, nfs, "mount_point")


def persistent_volume(draft: Draft, _cluster: Located[ClusterFile]) -> Iterator[Problem]:
    """A member of the Swarm without an NFS volume: its services' data would live in the VM's own disk."""
    for each in draft.machines:
        if each.item.swarm and not each.item.nfs:
            yield each.problem("nfs", allowed="a member of the Swarm needs an NFS volume for its services' data")


def _once(each: Located[object], points: Sequence[tuple[Loc, str]], field: str) -> Iterator[Problem]:
    for index, (loc, path) in enumerate(points):
        if path in (other for _, other in points[:index]):
            yield each.problem(*loc, field, allowed="one mount a path")


def _shared(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[tuple[Located[object], Loc, str]]:
    for each in draft.containers:
        for index, mount in enumerate(each.item.mounts):
            yield each, ("mounts", index, "host_path"), _on_node(cluster, each, mount)
    for machine in draft.machines:
        for index, volume in enumerate(machine.item.nfs):
            yield machine, ("nfs", index, "path"), volume.path


def _secrets(draft: Draft, cluster: Located[ClusterFile]) -> Iterator[tuple[str, str, Located[LxcGuest] | None]]:
    yield cluster.item.node.paths.certificates, "the certificates' keys", None
    yield cluster.item.node.paths.secrets, "the stacks' secrets", None
    for each in draft.containers:
        if Role.CA in each.item.roles:
            for mount in each.item.mounts:
                if mount.container_path == cluster.item.ca.directory:
                    yield _on_node(cluster, each, mount), "the CA's keys", each


def _on_node(cluster: Located[ClusterFile], guest: Located[LxcGuest], mount: Mount) -> str:
    return cluster.item.node.paths.of_container(guest.item.vmid, mount.host_path)


def _overlap(one: str, other: str) -> bool:
    first, second = PurePosixPath(one), PurePosixPath(other)
    return first.is_relative_to(second) or second.is_relative_to(first)


CLUSTER_CHECKS = (ca_directory, private, targets, persistent_volume)
