"""Options of each guest's features: what the operator wrote, and what follows from the cluster."""

from pydantic import JsonValue

from phoenix.features.feature import Options
from phoenix.features.registry import FEATURES
from phoenix.features.surroundings import Authority, Surroundings
from phoenix.model import Cluster, Feature, LxcGuest, Mount, VmGuest


def authority_mount(cluster: Cluster) -> tuple[int, Mount]:
    """The CA guest's mount of STEPPATH, with its index: the checks refuse a CA without one."""
    mounts = cluster.ca_guest.mounts if isinstance(cluster.ca_guest, LxcGuest) else ()
    return next((n, each) for n, each in enumerate(mounts) if each.container_path == cluster.ca.directory)


def authority_directory(cluster: Cluster) -> str:
    """Step-CA's directory as the node sees it: where the CA guest's bind mount comes from."""
    guest = cluster.ca_guest
    assert isinstance(guest, LxcGuest)
    return cluster.host_path(guest, authority_mount(cluster)[1])


def root_path(cluster: Cluster) -> str:
    """The root certificate on the node: the anchor that everything is verified against."""
    return f"{authority_directory(cluster)}/certs/root_ca.crt"


def options(
    cluster: Cluster, guest: LxcGuest | VmGuest, feature: Feature, *, registry_mirror: str
) -> dict[str, JsonValue]:
    """The feature's options that differ from its defaults by what was written or by the cluster, as JSON values."""
    around = _surroundings(cluster, guest, registry_mirror)
    resolved: Options = FEATURES[feature.name].options_of(feature, around)
    return resolved.model_dump(mode="json", exclude_unset=True)


def artifact_names(cluster: Cluster) -> tuple[str, ...]:
    """Names of every artifact that some guest's features need, each once."""
    features = (FEATURES[each.name] for guest in cluster.guests for each in guest.features)
    return tuple(dict.fromkeys(name for feature in features for name in feature.artifacts))


def _surroundings(cluster: Cluster, guest: LxcGuest | VmGuest, registry_mirror: str) -> Surroundings:
    return Surroundings(
        node=str(cluster.node.ip),
        gateway=cluster.gateway_guest.address,
        authority=_authority(cluster),
        registry_mirror=registry_mirror,
        template=guest.template,
        forwarding=bool(cluster.gateway.forwards) and guest.vmid == cluster.gateway_guest.vmid,
        login=guest.ssh_user if isinstance(guest, VmGuest) else "",
    )


def _authority(cluster: Cluster) -> Authority:
    ca = cluster.ca
    return Authority(
        name=ca.name,
        provisioner=ca.provisioner,
        dns_names=ca.dns_names,
        directory=ca.directory,
        port=ca.port,
        max_lifetime_hours=ca.max_lifetime_hours,
        url=cluster.ca_url,
        root=root_path(cluster),
    )
