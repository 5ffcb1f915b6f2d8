"""The playbook's variables and inventory, made from the product's own plan: both speak of the same facts.

A secret is here only by the name of its setting; the playbook takes it from the environment, as the product does.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.ansible import software
from phoenix.clients.ssh_key import public_key
from phoenix.model import Cluster, load
from phoenix.model.artifacts import resolve
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import ClusterPlan, plan
from phoenix.plan.digests import keyed_version
from phoenix.plan.features import artifact_names
from phoenix.plan.guests import GuestPlan
from phoenix.plan.services import DeployedPlan
from phoenix.providers.proxmox.guest import lxc_config, raw, vm_config
from phoenix.providers.proxmox.guest.values import Keys
from phoenix.settings import environment_variable
from phoenix.specs.files import DirectorySpec, SetFile
from phoenix.specs.guest import CloneSource, GuestSpec, LxcSpec, VmSpec
from phoenix.specs.pki import CertificateCopySpec, Command, Reload
from phoenix.specs.stacks import FromSetting, StackSpec, Variables
from phoenix.specs.target import NodeTarget, VmTarget

Facts = dict[str, Any]
CONTAINERS, MACHINES = "containers", "machines"


def planned(checkout: Path, environ: Mapping[str, str], environment: str) -> ClusterPlan:
    """The plan that the product makes of this checkout with these settings. Raises ConfigurationError."""
    cluster: Cluster = load(checkout / "config", checkout / "stacks", environment)
    artifacts = resolve(artifact_names(cluster), checkout / "config/artifacts.yaml", Path(environ["PHOENIX_ARTIFACTS"]))
    password, key = environ["PHOENIX_PORTAINER_ADMIN_PASSWORD"], environ["PHOENIX_AGENT_SECRET"]
    return plan(
        cluster,
        Choices(
            owner="organization/phoenix/dev",
            protect=False,
            ssh_public_key=public_key(Path(environ["PHOENIX_SSH_KEY"])),
            registry_mirror=environ["PHOENIX_REGISTRY_MIRROR"],
            admin_password_version=keyed_version(password.encode(), key=key),
            artifacts=artifacts,
        ),
    )


def variables(given: ClusterPlan, root: str) -> Facts:
    """What holds for all hosts; `root` is the CA's certificate, PEM."""
    made, swarm, services = given.infrastructure, given.swarm, given.services
    guests = made.guests.values()
    deployed: list[DeployedPlan[Any]] = [*services.by_swarm.values(), *services.by_portainer.values()]
    return {
        "node": {"address": made.owner.node, "name": given.name},
        "owner": {"path": made.owner.path, "owner": made.owner.owner},
        "root": root,
        "guests": [_guest(each) for each in guests],
        "snapshots": [{"vmid": each.vmid, "name": each.name} for plan in guests if (each := plan.snapshot)],
        "directories": [_directory(each) for each in (*made.shared, *(d for plan in guests for d in plan.directories))],
        "stack_files": [
            {"path": f"{each.directory}/{name}", "content": content}
            for each in made.stack_files.values()
            for name, content in each.files.items()
        ],
        "dns_files": _files(made.dns.files),
        "firewall_files": _files(made.firewall.files),
        "node_roots": software.trusted(made.trusted_root.name, root),
        "ca": _ca(given),
        "certificates": [each.issued.model_dump(mode="json") for each in given.certificates.values()],
        "swarm": {
            "address": swarm.manager.advertise_address,
            "pool": str(swarm.manager.address_pool),
            "subnet_size": swarm.manager.pool_mask,
        },
        "labels": [{"host": each.node_name, "labels": each.labels} for each in swarm.labels.values()],
        "networks": [
            {"name": each.name, "attachable": each.attachable, "encrypted": each.encrypted}
            for each in swarm.networks.values()
        ],
        "secrets": _secrets(given),
        "admin_secret": {each: getattr(given.distribution.admin_password, each) for each in ("base", "name")},
        "configs": [{"name": each.name, "content": each.content} for each in given.distribution.configs.values()],
        "portainer": {"url": services.admin.server.url, "user": services.admin.server.user},
        "environments": [
            {"name": each.name, "url": each.endpoint_url, "group": each.group} for each in services.endpoints.values()
        ],
        "swarm_stacks": [_stack(each.stack, tuple(each.secrets.values())) for each in services.by_swarm.values()],
        "portainer_stacks": [
            {**_stack(each.stack, tuple(each.secrets.values())), "environment": each.stack.endpoint}
            for each in services.by_portainer.values()
        ],
        "volumes": {
            vmid: [
                _directory(each) for plan in deployed for name, each in plan.volumes.items() if _machine(name) == vmid
            ]
            for vmid in {_machine(name) for plan in deployed for name in plan.volumes}
        },
        "traefik_files": _files(given.gateways.routes.files),
        "traefik_routers": sorted(given.gateways.routes.verify[4:]),
        "gateway_files": _files(given.gateways.gateway.files),
        "gateway_absent": list(given.gateways.gateway.absent),
    }


def inventory(given: ClusterPlan, root: str) -> Facts:
    """The node, the containers that run, and the virtual machines, each with what is inside of it."""
    hosts: dict[str, dict[str, Facts]] = {"nodes": {"node": {}}, CONTAINERS: {}, MACHINES: {}}
    for each in given.infrastructure.guests.values():
        if not each.guest.running or not each.features:
            continue
        target = each.features[0].target
        inside: Facts = {"software": software.of(each.features, root), "mounts": _mounts(each)}
        inside["copies"] = [
            _copy(copy)
            for certificate in given.certificates.values()
            for copy in certificate.copies
            if copy.target == target
        ]
        inside["vmid"] = each.guest.vmid
        if isinstance(target, VmTarget):
            hosts[MACHINES][each.name] = {**inside, "ansible_host": target.address, "ansible_user": target.user}
        else:
            hosts[CONTAINERS][each.name] = inside
    hosts["managers"] = {_named(given, given.swarm.manager.manager.vmid): {}}
    hosts["workers"] = {_named(given, vmid): {} for vmid in given.swarm.workers}
    hosts["traefik"] = {_named(given, _vmid(given.gateways.routes.target)): {}}
    hosts["gateway"] = {_named(given, _vmid(given.gateways.gateway.target)): {}}
    return {name: {"hosts": each} for name, each in hosts.items()}


def write(folder: Path, given: ClusterPlan, root: str) -> None:
    """`facts.json` and `inventory.json`, without any secret."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("facts", variables(given, root)), ("inventory", inventory(given, root))):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _copy(spec: CertificateCopySpec) -> Facts:
    owner, _, group = spec.owner.partition(":")
    return {
        **spec.model_dump(mode="json", include={"name", "bundle", "cert_path", "key_path", "ca_path"}),
        **spec.model_dump(mode="json", include={"cert_mode", "key_mode"}),
        "owner": owner,
        "group": group,
        "unit": spec.after.unit if isinstance(spec.after, Reload) else None,
        # a command may hold braces, which the playbook would take for its own
        "command": [f"{{% raw %}}{word}{{% endraw %}}" for word in spec.after.argv]
        if isinstance(spec.after, Command)
        else None,
    }


def _named(given: ClusterPlan, vmid: int) -> str:
    return given.infrastructure.guests[vmid].name


def _vmid(target: Any) -> int:
    assert not isinstance(target, NodeTarget)
    vmid: int = target.vmid
    return vmid


def _guest(plan: GuestPlan) -> Facts:
    spec = plan.guest
    keys: Keys = {}
    container = isinstance(spec, LxcSpec)
    fields = lxc_config.FIELDS if container else vm_config.FIELDS
    for field in ("name", *fields, "protection"):
        encode: Any = lxc_config.encode if container else vm_config.encode
        keys |= encode(spec, field, {})
    set_ = {key: value for key, value in keys.items() if value is not None}
    template = {"template": "1"} if isinstance(spec, VmSpec) and spec.template else {}
    disk = {"rootfs" if container else vm_config.DISK: f"size={spec.disk_gb}G"}
    source = spec.source
    return {
        "vmid": spec.vmid,
        "name": spec.name,
        "kind": "lxc" if container else "qemu",
        "storage": spec.storage,
        "disk_gb": spec.disk_gb,
        "clone": source.vmid if isinstance(source, CloneSource) else None,
        "volume": None if isinstance(source, CloneSource) else source.volume,
        "status": "running" if spec.running else "stopped",
        "config": set_,
        # each part of a property string, in any order; an interface may have more of them
        "parts": {key: _parts(spec, value) for key, value in {**set_, **disk, **template}.items()},
        "root_keys": sorted(key for key, value in set_.items() if container and lxc_config.needs_root(key, value, {})),
        "raw": list(raw.wanted_lines(spec)) if isinstance(spec, LxcSpec) else [],
    }


def _parts(spec: GuestSpec, value: str) -> list[str]:
    parts = value.split(",")
    # Proxmox draws the address of an interface that was given none
    if parts[0] == "virtio":
        return parts[1:]
    # and names a volume that was asked for by its size
    storage, _, size = parts[0].partition(":")
    volumes = {each.storage for each in spec.mounts if each.storage} if isinstance(spec, LxcSpec) else set()
    return [*parts[1:], f"size={size}G"] if storage in volumes else parts


def _machine(volume: str) -> str:
    return volume.partition("-")[0]


def _directory(spec: DirectorySpec) -> Facts:
    owner, _, group = spec.owner.partition(":")
    return {"path": spec.path, "owner": owner, "group": group, "mode": spec.mode}


def _files(files: Mapping[str, SetFile]) -> list[Facts]:
    return [{"path": path, "content": file.content} for path, file in files.items()]


def _mounts(plan: GuestPlan) -> list[Facts]:
    return [{"source": e.source, "path": e.mount_point, "options": ",".join(e.options)} for e in plan.shares]


def _ca(given: ClusterPlan) -> Facts:
    roots = given.infrastructure.roots
    first = next(iter(given.certificates.values())).issued.ca
    return {
        "vmid": roots.authority.vmid,
        "root_path": first.root_path,
        "root_name": roots.root_name,
        "url": first.url,
        "provisioner": first.provisioner,
        "password_path": first.password_path,
    }


def _secrets(given: ClusterPlan) -> list[Facts]:
    found: list[Facts] = []
    for name, each in given.certificates.items():
        found += [{"base": s.name, "certificate": name, "source": s.source} for s in each.secrets.values()]
        found += [{"base": s.name, "certificate": None, "source": s.source} for s in each.root_secrets.values()]
    return found


def _stack(spec: StackSpec, secrets: tuple[str, ...]) -> Facts:
    return {
        "name": spec.name,
        "compose": spec.compose,
        "variables": _variables(spec.env),
        # by their base names; which version there is only a certificate tells
        "secrets": list(secrets),
    }


def _variables(given: Variables) -> list[dict[str, str]]:
    return [
        {"name": name, "setting": environment_variable(value.setting)}
        if isinstance(value, FromSetting)
        else {"name": name, "value": value}
        for name, value in sorted(given.items())
    ]
