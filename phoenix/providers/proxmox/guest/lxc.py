"""Containers. What Proxmox reserves for root@pam goes by `pct set`, raw lines into the configuration file, over SSH."""

from collections.abc import Mapping, Sequence
from typing import Any

from phoenix.clients.proxmox import Api
from phoenix.clients.shell import Shell, open_shell
from phoenix.providers.core.resource import Resource
from phoenix.providers.proxmox.guest import lxc_config, raw
from phoenix.providers.proxmox.guest.ready import await_container
from phoenix.providers.proxmox.guest.reconciler import GuestReconciler
from phoenix.providers.proxmox.guest.state import GuestState
from phoenix.providers.proxmox.guest.values import Keys
from phoenix.settings import Settings
from phoenix.specs.guest import LxcSpec
from phoenix.specs.target import NodeTarget
from phoenix.vocabulary.property_strings import flag


class LxcReconciler(GuestReconciler[LxcSpec]):
    """Converges one container."""

    spec = LxcSpec
    kind = "lxc"
    name_key = "hostname"
    fields = lxc_config.FIELDS
    refuse_on = {
        **GuestReconciler.refuse_on,
        "unprivileged": "set it back; an existing container keeps its kind: make a new one with another VMID",
    }

    def encode(self, desired: LxcSpec, field: str, live: Mapping[str, str]) -> Keys:
        return lxc_config.encode(desired, field, live)

    def decode(self, config: Mapping[str, str], desired: LxcSpec) -> LxcSpec:
        return lxc_config.decode(config, desired)

    def released(self, config: Mapping[str, str], recorded: LxcSpec, desired: LxcSpec) -> Keys:
        return lxc_config.released(config, recorded, desired)

    def inherited(self, config: Mapping[str, str], desired: LxcSpec) -> Keys:
        return lxc_config.inherited(config, desired)

    def left_alone(self, config: Mapping[str, str], desired: LxcSpec) -> tuple[str, ...]:
        return lxc_config.left_alone(config, desired)

    def retire(self, settings: Settings, recorded: LxcSpec, desired: LxcSpec) -> None:
        super().retire(settings, recorded, desired)
        node = _node(settings, desired)
        gone = raw.released(raw.read(node, desired.vmid), recorded, desired)
        if gone:
            # the plan has refused it where no restart is allowed
            self.shut_down(self.api(settings, desired), desired)
            raw.write(node, desired, gone)

    def bare(self, settings: Settings, api: Api, desired: LxcSpec) -> None:
        super().bare(settings, api, desired)
        node = _node(settings, desired)
        inherited = raw.raw_lines(raw.read(node, desired.vmid))
        if set(inherited) - set(raw.wanted_lines(desired)):
            raw.write(node, desired, inherited)

    def new(self, desired: LxcSpec, volume: str) -> dict[str, Any]:
        return {
            "ostemplate": volume,
            "hostname": desired.name,
            "unprivileged": flag(desired.unprivileged),
            "rootfs": f"{desired.storage}:{desired.disk_gb}",
        }

    def disk(self, path: str, config: Mapping[str, str], desired: LxcSpec) -> str:  # noqa: ARG002
        return lxc_config.slot_of(path, config)

    def await_ready(self, settings: Settings, desired: LxcSpec) -> None:
        await_container(settings, desired)

    def beyond_api(self, settings: Settings, live: LxcSpec, desired: LxcSpec) -> LxcSpec:
        seen = raw.observed(raw.read(_node(settings, desired), desired.vmid), desired)
        return live.model_copy(update={"id_maps": seen.id_maps, "options": seen.options})

    def set_keys(self, settings: Settings, api: Api, desired: LxcSpec, keys: Keys, seen: GuestState) -> None:
        gone = {key for key, value in keys.items() if value is None}
        waiting = sorted(key for key in gone if key in seen.later and seen.later[key] != seen.now.get(key))
        if waiting:
            self._take_back(settings, api, desired, waiting, seen)
        left = {key: value for key, value in keys.items() if key not in waiting or key in seen.now}
        reserved = {key: value for key, value in left.items() if lxc_config.needs_root(key, value, seen.now)}
        super().set_keys(settings, api, desired, {key: left[key] for key in left.keys() - reserved}, seen)
        options = []
        for key, value in sorted(reserved.items()):
            options += ["--delete", key] if value is None else [f"--{key}", value]
        if reserved:
            self._as_root(settings, api, desired, sorted(reserved), options)

    def _take_back(self, settings: Settings, api: Api, desired: LxcSpec, keys: Sequence[str], seen: GuestState) -> None:
        """Reverts what waits for a restart: of a value that is only pending, Proxmox undoes a deletion."""
        reserved = [key for key in keys if lxc_config.needs_root(key, seen.later[key], seen.now)]
        others = [key for key in keys if key not in reserved]
        if others:
            path = f"{self.kind}/{desired.vmid}/config"
            api.change(f"take back {', '.join(others)}", "PUT", path, revert=",".join(others))
        if reserved:
            self._as_root(settings, api, desired, reserved, ["--revert", ",".join(reserved)])

    def _as_root(
        self, settings: Settings, api: Api, desired: LxcSpec, keys: Sequence[str], options: Sequence[str]
    ) -> None:
        argv, operation = ["pct", "set", str(desired.vmid), *options], f"set {', '.join(keys)}"

        def attempt() -> None:
            done = _node(settings, desired).run(argv, check=False)
            if done.exit_code != 0:
                words = f"Proxmox lets only root@pam set this: see that `{' '.join(argv[:3])}` works as root over SSH"
                raise api.failure(operation, done.complaint, words)

        api.unlocked(operation, attempt)

    def write_raw(self, settings: Settings, desired: LxcSpec) -> None:
        api = self.api(settings, desired)
        api.unlocked("write raw lines", lambda: raw.write(_node(settings, desired), desired))


def _node(settings: Settings, desired: LxcSpec) -> Shell:
    return open_shell(settings, NodeTarget(node=desired.node))


class Lxc(Resource[LxcSpec], reconciler=LxcReconciler()):
    """A container."""
