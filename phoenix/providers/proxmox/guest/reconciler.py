"""What containers and virtual machines do alike: adopt, change in place, start, stop, remove."""

import threading
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from phoenix.clients.proxmox import AbsentError, Api, Node
from phoenix.console import tell, tell_once
from phoenix.errors import OperationError
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.proxmox.guest import plan as planning
from phoenix.providers.proxmox.guest import state
from phoenix.providers.proxmox.guest.managed import managed
from phoenix.providers.proxmox.guest.plan import Action, G
from phoenix.providers.proxmox.guest.refusals import differs
from phoenix.providers.proxmox.guest.values import Keys
from phoenix.settings import Settings
from phoenix.specs.guest import CloneSource, GuestSpec, TemplateSource
from phoenix.vocabulary.property_strings import flag, is_set

CREATE_SECONDS = 3600.0
SHUTDOWN_SECONDS = 90
_APART = "a guest with another {} is another resource: add it under its own file, and remove this one"
# a full clone locks its source, so that two clones of one source at a time would meet that lock
_sources: defaultdict[tuple[str, int], threading.Lock] = defaultdict(threading.Lock)
_sources_lock = threading.Lock()


class GuestReconciler(Reconciler[G, Action]):
    """Subclasses name the kind, its keys and its fields."""

    kind: ClassVar[str]
    """`lxc` or `qemu`, the path of the API."""
    name_key: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]
    refuse_on: ClassVar[Mapping[str, str]] = {
        "vmid": _APART.format("VMID"),
        "node_name": _APART.format("node"),
        "storage": "set the live storage again, or move the disk by hand first",
    }

    def identity(self, desired: G) -> str:
        return f"guest/{desired.vmid}"

    def observe(self, settings: Settings, desired: G) -> Observation[G] | None:
        seen = state.read(self.api(settings, desired), self.kind, desired, self.name_key)
        if seen is None:
            return None
        now, later = self.decode(seen.now, desired), self.decode(seen.later, desired)
        # a change that waits for a restart and is not wanted is drift as well
        for left in self.left_alone(seen.later, desired):
            tell_once(f"{desired}: {left} is not in its configuration, and stays as it is")
        waiting = {field: getattr(later, field) for field in self.fields if self._settled(now, desired, field)}
        live = now.model_copy(update={**waiting, "running": seen.running})
        return Observation(self.beyond_api(settings, live, desired))

    def managed(self, recorded: G, desired: G) -> G:
        return managed(recorded, desired)

    def plan(self, live: G | None, desired: G) -> Sequence[Action]:
        return planning.plan(live, desired, self.fields)

    def perform(self, settings: Settings, desired: G, action: Action) -> None:
        api = self.api(settings, desired)
        one = f"{self.kind}/{desired.vmid}"
        match action:
            case planning.Create():
                self._create(api, desired)
            case planning.Adjust():
                self._adjust(settings, desired)
            case planning.SetConfig(fields=fields):
                seen = self._present(api, desired)
                keys: Keys = {}
                for field in fields:
                    later = self.encode(desired, field, seen.later)
                    # what is only pending is in the way too, at a key of its own
                    keys |= {key: None for key, value in later.items() if value is None and key not in seen.now}
                    keys |= self.encode(desired, field, seen.now)
                self.set_keys(settings, api, desired, keys, seen)
            case planning.Protect(on=on):
                api.change(str(action), "PUT", f"{one}/config", protection=flag(on))
            case planning.Resize(path=path, size_gb=size):
                disk = self.disk(path, self._present(api, desired).now, desired)
                api.change(str(action), "PUT", f"{one}/resize", disk=disk, size=f"{size}G")
            case planning.ConvertToTemplate():
                api.change(str(action), "POST", f"{one}/template")
            case planning.ApplyPending():
                self._apply_pending(settings, api, desired)
            case planning.Power(on=True):
                self._start(settings, api, desired)
            case planning.Power():
                self.shut_down(api, desired)
            case planning.SetRaw():
                self.write_raw(settings, desired)

    def retire(self, settings: Settings, recorded: G, desired: G) -> None:
        """Takes away what the configuration no longer has, and renames a guest that bears the recorded name.

        `observe` takes no other name for ours, and shows nothing of what is not desired.
        """
        api = self.api(settings, recorded)
        try:
            live = state.read(api, self.kind, recorded, self.name_key)
        except OperationError:
            return
        if live is None:
            return
        keys = self.released(live.later, recorded, desired)
        if recorded.name != desired.name:
            keys |= self.encode(desired, "name", live.now)
        self.set_keys(settings, api, desired, keys, live)
        left = self._present(api, desired)
        waits = sorted(key for key in keys if left.now.get(key) != left.later.get(key))
        if waits:
            tell(f"{desired}: {', '.join(waits)} was taken out of its configuration, and goes with its next restart")

    def remove(self, settings: Settings, spec: G) -> None:
        api = self.api(settings, spec)
        seen = state.read(api, self.kind, spec, self.name_key)
        if seen is None:
            return
        if is_set(seen.now.get("protection")):
            next_step = (
                "set protect: false in its file (or phoenix:protect to false) and run `pulumi up`, "
                "then remove it and run `pulumi up` again"
            )
            raise api.failure("remove", "it is protected, and its data would be gone", next_step)
        if seen.running:
            self.shut_down(api, spec)
        try:
            api.change("remove", "DELETE", f"{self.kind}/{spec.vmid}", purge=1)
        except AbsentError:
            return

    @abstractmethod
    def encode(self, desired: G, field: str, live: Mapping[str, str]) -> Keys:
        """The keys that bring one field from the live configuration to the desired one."""

    @abstractmethod
    def decode(self, config: Mapping[str, str], desired: G) -> G:
        """The spec that a live configuration stands for."""

    @abstractmethod
    def released(self, config: Mapping[str, str], recorded: G, desired: G) -> Keys:
        """The keys that take away what the last run recorded and is no longer desired, and leave what is beside it."""

    @abstractmethod
    def inherited(self, config: Mapping[str, str], desired: G) -> Keys:
        """The keys that rid a new guest of what its source gave it and nobody desires."""

    @abstractmethod
    def left_alone(self, config: Mapping[str, str], desired: G) -> tuple[str, ...]:
        """The guest's disks and mounts that are not managed, in words."""

    @abstractmethod
    def new(self, desired: G, volume: str) -> dict[str, Any]:
        """The parameters that make the guest from a template archive or an image."""

    @abstractmethod
    def disk(self, path: str, config: Mapping[str, str], desired: G) -> str:
        """The key of the disk that a Resize names."""

    @abstractmethod
    def await_ready(self, settings: Settings, desired: G) -> None:
        """Waits, within a limit, until the started guest can be used."""

    def beyond_api(self, settings: Settings, live: G, desired: G) -> G:  # noqa: ARG002
        """`live` with what the API does not show."""
        return live

    def set_keys(self, settings: Settings, api: Api, desired: G, keys: Keys, seen: state.GuestState) -> None:  # noqa: ARG002
        """Sets and deletes configuration keys."""
        given: dict[str, Any] = {key: value for key, value in keys.items() if value is not None}
        gone = sorted(key for key, value in keys.items() if value is None and (key in seen.now or key in seen.later))
        if gone:
            given["delete"] = ",".join(gone)
        if given:
            api.change(f"set {', '.join(sorted(keys))}", "PUT", f"{self.kind}/{desired.vmid}/config", **given)

    def write_raw(self, settings: Settings, desired: G) -> None:
        """Writes raw lines; only containers have them."""
        raise NotImplementedError

    def api(self, settings: Settings, desired: GuestSpec) -> Api:
        """The API of the guest's node."""
        return Api(settings, Node(desired.node, desired.node_name, desired.api_port), str(desired))

    def _present(self, api: Api, desired: G) -> state.GuestState:
        seen = state.read(api, self.kind, desired, self.name_key)
        if seen is None:
            raise api.failure("read", "it is gone", "see who removes it while it is being changed, then run again")
        return seen

    def _create(self, api: Api, desired: G) -> None:
        match desired.source:
            case TemplateSource(volume=volume):
                api.change("create", "POST", self.kind, CREATE_SECONDS, vmid=desired.vmid, **self.new(desired, volume))
            case CloneSource(vmid=source):
                params = {self.name_key: desired.name, "storage": desired.storage}
                path = f"{self.kind}/{source}/clone"
                with _sources_lock:
                    lock = _sources[desired.node, source]
                with lock:
                    operation = f"clone {desired.source}"
                    api.change(operation, "POST", path, CREATE_SECONDS, newid=desired.vmid, full=1, **params)

    def bare(self, settings: Settings, api: Api, desired: G) -> None:
        """Rids a guest that was just made of what its source gave it and nobody desires."""
        seen = self._present(api, desired)
        keys = self.inherited(seen.now, desired)
        if keys and is_set(seen.now.get("protection")):
            self.perform(settings, desired, planning.Protect(on=False))
        self.set_keys(settings, api, desired, keys, seen)

    def _adjust(self, settings: Settings, desired: G) -> None:
        self.bare(settings, self.api(settings, desired), desired)
        seen = self.observe(settings, desired)
        if seen is None:
            raise self.api(settings, desired).failure("create", "it is not there afterwards", "run again")
        for action in planning.adjustments(seen.live, desired, self.fields):
            self.perform(settings, desired, action)

    def _apply_pending(self, settings: Settings, api: Api, desired: G) -> None:
        now = self.decode(self._present(api, desired).now, desired)
        left = [field for field in self.fields if not self._settled(now, desired, field)]
        if not left:
            return
        if not desired.allow_reboot:
            next_step = "set allow_reboot for this guest (or phoenix:allowReboot), or restart it yourself"
            raise api.failure(f"apply {', '.join(left)}", "it is set, but takes effect only with a restart", next_step)
        self.shut_down(api, desired)
        self._start(settings, api, desired)

    def _start(self, settings: Settings, api: Api, desired: G) -> None:
        if not self._present(api, desired).running:
            api.change("start", "POST", f"{self.kind}/{desired.vmid}/status/start")
        self.await_ready(settings, desired)

    def shut_down(self, api: Api, desired: G) -> None:
        """Shuts the guest down, or stops it when it does not."""
        if self._present(api, desired).running:
            path = f"{self.kind}/{desired.vmid}/status/shutdown"
            api.change("shut down", "POST", path, timeout=SHUTDOWN_SECONDS, forceStop=1)

    @staticmethod
    def _settled(now: GuestSpec, desired: GuestSpec, field: str) -> bool:
        return not differs(now, desired, field)
