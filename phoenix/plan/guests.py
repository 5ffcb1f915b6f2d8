"""What each guest shall be, with everything that lives in it, and the node's directories that it mounts."""

from dataclasses import dataclass

from phoenix.features.registry import FEATURES
from phoenix.model import Cluster, Feature, IdKind, LxcGuest, VmGuest
from phoenix.plan import features, targets
from phoenix.plan.choices import Choices
from phoenix.plan.placed import placed
from phoenix.specs import guest as specs
from phoenix.specs.files import DirectorySpec
from phoenix.specs.guest import LxcSpec, VmSpec
from phoenix.specs.inside import FeatureSpec, NfsMountSpec
from phoenix.specs.snapshot import SnapshotSpec

SNAPSHOT = "final-form"
"""The snapshot that freezes a finished template container."""

_NVIDIA_DEVICES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")


@dataclass(frozen=True)
class GuestPlan:
    """A guest and what lives in it, in the order in which it is made; `name` begins the names of its resources."""

    name: str
    protect: bool
    directories: tuple[DirectorySpec, ...]
    guest: LxcSpec | VmSpec
    shares: tuple[NfsMountSpec, ...]
    features: tuple[FeatureSpec, ...]
    snapshot: SnapshotSpec | None


def plan(cluster: Cluster, guest: LxcGuest | VmGuest, choices: Choices) -> GuestPlan:
    """Raises ConfigurationError for a value that Proxmox, or the guest's system, would not take."""
    with placed(cluster, guest, places={"address": (guest, ("network", "address"))}):
        return GuestPlan(
            name=f"{guest.vmid}-{guest.host_name}",
            protect=protected(guest, choices),
            directories=mounted_directories(cluster, guest),
            guest=made(cluster, guest, choices),
            shares=shares(cluster, guest),
            features=tuple(feature(cluster, guest, each, choices) for each in guest.features),
            snapshot=snapshot(cluster, guest),
        )


def protected(guest: LxcGuest | VmGuest, choices: Choices) -> bool:
    """Whether the guest is protected: its own word, or the stack's."""
    return choices.protect if guest.protect is None else guest.protect


def made(cluster: Cluster, guest: LxcGuest | VmGuest, choices: Choices) -> LxcSpec | VmSpec:
    """The guest itself."""
    return container(cluster, guest, choices) if isinstance(guest, LxcGuest) else machine(cluster, guest, choices)


def container(cluster: Cluster, guest: LxcGuest, choices: Choices) -> LxcSpec:
    """The container itself."""
    features = {"nesting": guest.nesting, "keyctl": guest.keyctl, "fuse": guest.fuse, "mknod": guest.mknod}
    return LxcSpec(
        **_common(cluster, guest, LxcSpec, choices),
        unprivileged=guest.unprivileged,
        features=tuple(f"{name}={int(on)}" for name, on in features.items() if on is not None),
        mounts=(
            *(_bind(cluster, guest, index) for index in range(len(guest.mounts))),
            *(_volume(cluster, guest, index) for index in range(len(guest.volumes))),
        ),
        id_maps=tuple(_id_map(cluster, guest, index) for index in range(len(guest.id_maps))),
        options=guest.lxc_options,
        devices=devices(guest),
    )


def machine(cluster: Cluster, guest: VmGuest, choices: Choices) -> VmSpec:
    """The virtual machine itself."""
    return VmSpec(
        **_common(cluster, guest, VmSpec, choices),
        template=guest.template,
        user=guest.ssh_user,
        ssh_public_key=choices.ssh_public_key,
    )


def devices(guest: LxcGuest) -> tuple[str, ...]:
    """The node's device files of the guest's GPUs."""
    return (*(f"/dev/nvidia{number}" for number in guest.gpus), *_NVIDIA_DEVICES) if guest.gpus else ()


def mounted_directories(cluster: Cluster, guest: LxcGuest | VmGuest) -> tuple[DirectorySpec, ...]:
    """The node's directories behind a container's bind mounts, owners as the node sees them."""
    if isinstance(guest, VmGuest):
        return ()
    return tuple(_mounted(cluster, guest, index) for index in range(len(guest.mounts)))


def _mounted(cluster: Cluster, guest: LxcGuest, index: int) -> DirectorySpec:
    mount = guest.mounts[index]
    with placed(cluster, guest, "mounts", index, places={"path": (guest, ("mounts", index, "host_path"))}):
        return DirectorySpec(
            target=targets.node(cluster),
            path=cluster.host_path(guest, mount),
            owner=f"{guest.host_id(IdKind.UID, mount.owner_uid)}:{guest.host_id(IdKind.GID, mount.owner_gid)}",
            mode=mount.mode,
        )


def shares(cluster: Cluster, guest: LxcGuest | VmGuest) -> tuple[NfsMountSpec, ...]:
    """The NFS shares that a virtual machine mounts."""
    if isinstance(guest, LxcGuest):
        return ()
    return tuple(_share(cluster, guest, index) for index in range(len(guest.nfs)))


def _share(cluster: Cluster, guest: VmGuest, index: int) -> NfsMountSpec:
    volume = guest.nfs[index]
    with placed(cluster, guest, "nfs", index, places={"source": (guest, ("nfs", index, "path"))}):
        return NfsMountSpec(
            target=targets.machine(cluster, guest),
            source=f"{volume.server}:{volume.path}",
            mount_point=volume.mount_point,
        )


def feature(cluster: Cluster, guest: LxcGuest | VmGuest, declared: Feature, choices: Choices) -> FeatureSpec:
    """One of the guest's features; what it is made from on the node is known only when the CA's roots are."""
    needed = FEATURES[declared.name].artifacts
    return FeatureSpec(
        target=targets.inside(cluster, guest),
        feature=declared.name,
        options=features.options(cluster, guest, declared, registry_mirror=choices.registry_mirror),
        artifacts={name: choices.artifacts[name] for name in needed if name in choices.artifacts},
        running=guest.running,
    )


def snapshot(cluster: Cluster, guest: LxcGuest | VmGuest) -> SnapshotSpec | None:
    """The snapshot that freezes a container which others are cloned from, None for any other guest."""
    node = cluster.node
    if isinstance(guest, VmGuest) or not guest.template:
        return None
    return SnapshotSpec(node=node.at, node_name=node.name, api_port=node.api_port, vmid=guest.vmid, name=SNAPSHOT)


def _common(
    cluster: Cluster, guest: LxcGuest | VmGuest, spec: type[LxcSpec | VmSpec], choices: Choices
) -> dict[str, object]:
    node, network, boot = cluster.node, guest.network, guest.boot
    as_written = specs.keyed(spec).keys() & type(guest).model_fields.keys()
    return {
        **{field: getattr(guest, field) for field in as_written},
        "node": node.at,
        "node_name": node.name,
        "api_port": node.api_port,
        "vmid": guest.vmid,
        "name": guest.name,
        "source": _source(cluster, guest),
        "storage": cluster.storage(guest),
        "disk_gb": guest.disk_gb,
        "network": _network(cluster, guest),
        "nameserver": str(network.nameserver or node.ip),
        "search_domain": node.domain,
        "boot_order": boot.order if boot else None,
        "boot_delay": boot.delay if boot else None,
        "tags": tuple(sorted(guest.tags)),
        "description": guest.description,
        "protection": protected(guest, choices),
        "running": guest.running,
        "allow_reboot": choices.allow_reboot if guest.allow_reboot is None else guest.allow_reboot,
    }


def _network(cluster: Cluster, guest: LxcGuest | VmGuest) -> specs.Network:
    network = guest.network
    with placed(cluster, guest, "network"):
        return specs.Network(
            bridge=network.bridge or cluster.node.bridge,
            mac=network.mac,
            address=str(network.address),
            gateway=None if network.gateway is None else str(network.gateway),
            firewall=guest.firewall.enabled,
        )


def _source(cluster: Cluster, guest: LxcGuest | VmGuest) -> specs.TemplateSource | specs.CloneSource:
    source = guest.source
    if source.clone is not None:
        # not from the snapshot: the template is stopped, and ZFS storages copy no container from one
        return specs.CloneSource(vmid=source.clone)
    kind, file = ("vztmpl", source.template) if source.template else ("import", str(source.image))
    return specs.TemplateSource(volume=file if ":" in file else f"{cluster.node.storages.images}:{kind}/{file}")


def _bind(cluster: Cluster, guest: LxcGuest, index: int) -> specs.Mount:
    mount = guest.mounts[index]
    with placed(cluster, guest, "mounts", index):
        path = cluster.host_path(guest, mount)
        return specs.Mount(container_path=mount.container_path, host_path=path, read_only=mount.read_only)


def _volume(cluster: Cluster, guest: LxcGuest, index: int) -> specs.Mount:
    volume = guest.volumes[index]
    with placed(cluster, guest, "volumes", index):
        return specs.Mount(**volume.model_dump())


def _id_map(cluster: Cluster, guest: LxcGuest, index: int) -> specs.IdMap:
    with placed(cluster, guest, "id_maps", index):
        return specs.IdMap(**guest.id_maps[index].model_dump(mode="json"))
