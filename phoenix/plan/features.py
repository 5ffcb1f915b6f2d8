"""Options of each guest's features: what the operator wrote, and what follows from the cluster."""

from typing import Any

from phoenix.features.feature import Options
from phoenix.features.registry import FEATURES
from phoenix.features.surroundings import Authority, Surroundings
from phoenix.model import Cluster, Feature, LxcGuest, Mount, VmGuest


def authority_directory(cluster: Cluster) -> str:
    """Step-CA's directory as the node sees it: where the CA guest's bind mount comes from.

    Raises KeyError when the CA guest mounts no directory of the node there.
    """
    mounts: tuple[Mount, ...] = getattr(cluster.ca_guest, "mounts", ())
    for mount in mounts:
        if mount.container_path == cluster.ca.directory:
            return mount.host_path
    raise KeyError(
        f"guest {cluster.ca_guest.vmid} needs a mount at {cluster.ca.directory}: the node reads the root there"
    )


def root_path(cluster: Cluster) -> str:
    """The root certificate on the node: the anchor that everything is verified against."""
    return f"{authority_directory(cluster)}/certs/root_ca.crt"


def options(
    cluster: Cluster, guest: LxcGuest | VmGuest, feature: Feature, *, registry_mirror: str | None
) -> dict[str, Any]:
    """The feature's options that differ from its defaults by what was written or by the cluster, as JSON values.

    Raises KeyError as `authority_directory` does.
    """
    around = _surroundings(cluster, guest, registry_mirror or "")
    resolved: Options = FEATURES[feature.name].options_of(feature, around)
    return resolved.model_dump(mode="json", exclude_unset=True)


def artifact_names(cluster: Cluster) -> tuple[str, ...]:
    """Names of every artifact that some guest's features need, each once."""
    features = (FEATURES[each.name] for guest in cluster.guests for each in guest.features)
    return tuple(dict.fromkeys(name for feature in features for name in feature.artifacts))


def _surroundings(cluster: Cluster, guest: LxcGuest | VmGuest, registry_mirror: str) -> Surroundings:
    return Surroundings(
        node=str(cluster.node.ip),
        gateway=cluster.gateway.address,
        authority=_authority(cluster),
        registry_mirror=registry_mirror,
        template=guest.template,
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
