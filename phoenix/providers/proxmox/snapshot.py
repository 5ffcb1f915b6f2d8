"""A snapshot of a guest, which clones are made from."""

from collections.abc import Sequence
from dataclasses import dataclass

from phoenix.clients.proxmox import AbsentError, Api, Node
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.providers.proxmox.guest.state import refuse_elsewhere
from phoenix.settings import Settings
from phoenix.specs.snapshot import SnapshotSpec

_PATHS = {"lxc": "lxc", "vm": "qemu"}


@dataclass(frozen=True)
class Take:
    """Takes the snapshot."""

    def __str__(self) -> str:
        return "take it"


@dataclass(frozen=True)
class Describe:
    """Sets its description."""

    def __str__(self) -> str:
        return "describe it"


SnapshotAction = Take | Describe


class SnapshotReconciler(Reconciler[SnapshotSpec, SnapshotAction]):
    """Converges one snapshot; one that exists is taken over as it is."""

    spec = SnapshotSpec
    replace_on = frozenset({"name"})
    refuse_on = dict.fromkeys(
        ("vmid", "node_name", "guest_kind"),
        "a snapshot of another guest is another resource: declare it beside this one",
    )

    def identity(self, desired: SnapshotSpec) -> str:
        return f"guest/{desired.vmid}/{desired.name}"

    def observe(self, settings: Settings, desired: SnapshotSpec) -> Observation[SnapshotSpec] | None:
        api = _api(settings, desired)
        try:
            snapshots = api.get(_path(desired))
        except AbsentError:
            refuse_elsewhere(api, desired.vmid)
            return None
        found = next((entry for entry in snapshots if entry["name"] == desired.name), None)
        if found is None:
            return None
        if found.get("snapstate"):
            next_step = "see its task on the node; remove what is left of the snapshot, then run again"
            raise api.failure("read", f"it is incomplete (state {found['snapstate']})", next_step)
        description = str(found.get("description") or "").rstrip("\n")
        same = description == desired.description.rstrip("\n")
        return Observation(desired if same else desired.model_copy(update={"description": description}))

    def plan(self, live: SnapshotSpec | None, desired: SnapshotSpec) -> Sequence[SnapshotAction]:
        if live is None:
            return [Take()]
        return [] if live == desired else [Describe()]

    def perform(self, settings: Settings, desired: SnapshotSpec, action: SnapshotAction) -> None:
        api = _api(settings, desired)
        match action:
            case Take():
                words = desired.description or None
                api.change("take", "POST", _path(desired), snapname=desired.name, description=words)
            case Describe():
                path = f"{_path(desired)}/{desired.name}/config"
                api.change("describe", "PUT", path, description=desired.description)

    def remove(self, settings: Settings, spec: SnapshotSpec) -> None:
        try:
            if self.observe(settings, spec) is not None:
                _api(settings, spec).change("remove", "DELETE", f"{_path(spec)}/{spec.name}")
        except AbsentError:
            return


def _path(spec: SnapshotSpec) -> str:
    return f"{_PATHS[spec.guest_kind]}/{spec.vmid}/snapshot"


def _api(settings: Settings, spec: SnapshotSpec) -> Api:
    return Api(settings, Node(spec.node, spec.node_name, spec.api_port), str(spec))


class Snapshot(Resource[SnapshotSpec], reconciler=SnapshotReconciler()):
    """A snapshot."""
