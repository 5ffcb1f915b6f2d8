"""A cluster that answers as a converged one does: everything that it says comes of the plan of a configuration."""

import re
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from phoenix.importing.live.answers import Answers, answer, numbered
from phoenix.importing.old import OldFile
from phoenix.model import Certificate, Cluster, LxcGuest, VmGuest, sourced
from phoenix.plan import compose, dns, firewall, guests, nginx, traefik
from phoenix.plan.choices import Choices
from phoenix.providers.proxmox.guest import lxc_config, raw, vm_config
from phoenix.specs.guest import LxcSpec, VmSpec
from phoenix.specs.stacks import FromSetting

CHOICES = Choices(protect=False)
DATABASE, AGENT = "zK4tPq8Wn1Hs", "Vb7Qm2wXc9Lr"
UNITS = {"nginx": "nginx", "traefik": "traefik", "step_ca": "step-ca", "docker": "docker"}


def answers(cluster: Cluster) -> Answers:
    """What a reading of the converged cluster gives."""
    node = cluster.node
    texts = {**firewall.files(cluster), dns.DNSMASQ_PATH: dns.dnsmasq_config(cluster)}
    machines = {each.vmid: answer(f"guest/{each.vmid}", guest(cluster, each)) for each in cluster.guests}
    said = {"name": node.name, "cores": 16, "domain": node.domain, "bridge": node.bridge, "address": str(node.address)}
    said |= {"gateway": str(node.gateway), "api_port": 8006, "ssh_port": 22, "images": node.storages.images}
    said |= {"stacks": node.paths.stacks, "certificates": node.paths.certificates}
    said |= {"archives": ["ubuntu-24.04-standard_24.04-2_amd64.tar.zst"], "cloud_images": ["noble.qcow2"]}
    ca = cluster.ca.model_dump(mode="json", include={"dns_names", "port", "provisioner", "max_lifetime_hours"})
    ca |= cluster.ca.model_dump(mode="json", include={"root_name", "intermediate_name", "directory"})
    swarm: dict[str, Any] = {
        "address_pool": str(cluster.swarm.address_pool),
        "subnet_size": cluster.swarm.subnet_size,
        "networks": {each.name: {"attachable": True, "encrypted": each.encrypted} for each in cluster.swarm.networks},
        "members": {
            each.name: {"role": str(each.swarm.role), "address": each.address, "labels": dict(each.swarm.labels)}
            for each in cluster.swarm_members
            if each.swarm is not None
        },
    }
    agents = {str(each.environment_name): f"tcp://{each.address}:9001" for each in cluster.portainer_agents}
    main = {"member": cluster.portainer_primary.name, "port": 9443, "agent_port": 9001, "environments": agents}
    routes = YAML(typ="safe").load(traefik.dynamic_config(cluster).replace('{{"{{"}}', "{{"))["http"]
    return Answers(
        node=answer("node", said),
        guests=machines,
        texts={path: numbered(path, text) for path, text in texts.items()},
        certificates={each.name: certificate(each) for each in cluster.certificates},
        authority=answer("step-ca", {"guest": cluster.ca_guest.vmid, "on_node": "/x/103/ssl", **ca}),
        swarm=answer("swarm", swarm),
        stacks=stacks(cluster),
        portainer=answer("portainer", main),
        routes=answer("traefik/102", {key: routes[key] for key in ("routers", "services", "middlewares")}),
    )


def guest(cluster: Cluster, each: LxcGuest | VmGuest) -> dict[str, Any]:
    """One guest as Proxmox has it after an `up`, and what is inside."""
    spec = guests.made(cluster, each, CHOICES)
    found: dict[str, Any] = {"status": "running" if each.running else "stopped", "inside": {}, "snapshots": []}
    if isinstance(spec, LxcSpec):
        keys = [lxc_config.encode(spec, field, {}) for field in ("name", "protection", *lxc_config.FIELDS)]
        config = {"rootfs": f"{spec.storage}:subvol-{spec.vmid}-disk-0,size={spec.disk_gb}G", "ostype": "ubuntu"}
        config |= {"unprivileged": str(int(spec.unprivileged))}
        found |= {"kind": "lxc", "lxc": [*raw.wanted_lines(spec)]}
        found["snapshots"] = ["final-form"] if each.template else []
        directories = guests.mounted_directories(cluster, each)
        owners = {one.path: (str(one.owner).split(":"), one.mode.lstrip("0")) for one in directories}
        found["directories"] = {
            path: {"uid": int(owner[0]), "gid": int(owner[1]), "mode": mode} for path, (owner, mode) in owners.items()
        }
    else:
        assert isinstance(spec, VmSpec)
        keys = [vm_config.encode(spec, field, {}) for field in ("name", "protection", *vm_config.FIELDS)]
        config = {"scsi0": f"{spec.storage}:vm-{spec.vmid}-disk-0,size={spec.disk_gb}G", "boot": "order=scsi0"}
        config |= {"template": "1"} if spec.template else {}
        found["kind"] = "qemu"
    given = {key: value for some in keys for key, value in some.items() if value is not None}
    # what is asked for as `store:50` is a volume afterwards
    made = {key: re.sub(r"^([\w-]+):(\d+),(.*)$", r"\1:a-volume,\3,size=\2G", value) for key, value in given.items()}
    found["config"] = config | made
    if each.running:
        names = [one.name for one in each.features]
        found["inside"] = {
            "units": [UNITS[name] for name in names if name in UNITS] + ["docker-tls"] * ("docker" in names),
            "features": {name: [] for name in names if name not in ("vllm", "python_api_service")},
            "nfs": [
                {"source": one.source, "mount_point": one.mount_point, "as_ours": True}
                for one in guests.shares(cluster, each)
            ],
        }
        if "nginx" in names:
            found["inside"]["names"] = re.findall(r"[\w.-]+", " ".join(_served(nginx.gateway_config(cluster))))
    return found


def _served(text: str) -> list[str]:
    return re.findall(r"server_name ([^;]*);", text)


def certificate(each: Certificate) -> OldFile:
    """One certificate on the node, with its copies."""
    copies = [
        {
            **one.model_dump(mode="json", include={"guest", "certificate", "key", "bundle", "owner", "key_mode"}),
            "certificate_mode": one.certificate_mode,
            **({"ca": one.ca} if one.ca else {}),
        }
        for one in each.distribution
    ]
    secrets = each.docker_secrets.model_dump(exclude_none=True) if each.docker_secrets else {}
    said = {"common_name": each.common_name, "names": sorted(each.names), "kind": str(each.kind), "asked": True}
    said |= {"key_type": str(each.key_type), "lifetime_hours": each.lifetime_hours, "owner": each.owner}
    return answer(
        f"certificates/{each.name}", {**said, "key_mode": each.key_mode, "copies": copies, "secrets": secrets}
    )


def stacks(cluster: Cluster) -> dict[str, OldFile]:
    """Each as it was deployed: by what the plan made of its file, with versions behind names."""
    found: dict[str, OldFile] = {}
    for machine in cluster.machines:
        for each in cluster.stacks_of(machine):
            of = each.stack, each.environment_name
            secrets, configs = sourced.secret_names(*of), sourced.config_names(*of)
            bases = {base: f"{base}-0123456789ab" for base in (*secrets.values(), *configs.values())}
            named = ({key: bases[base] for key, base in names.items()} for names in (secrets, configs))
            text = compose.render(each.stack, each.environment, machine, *named)
            made = compose.configs(each.stack, each.environment)
            variables = compose.variables(each.environment)
            data: dict[str, Any] = {
                "deployed_by": str(each.stack.deployed_by),
                "ours": True,
                "data": YAML(typ="safe").load(StringIO(text)),
                "variables": {name: _value(value) for name, value in variables.items()},
                "settings": {name: "agentSecret" for name, value in variables.items() if _value(value) == AGENT},
                "configs": {one.name: {"base": one.base, "content": one.content} for one in made},
                "secrets": {bases[base]: base for base in secrets.values()},
            }
            if each.stack.deployed_by == "portainer":
                data["endpoint"] = machine.environment_name
            found[each.name] = answer(f"stacks/{each.name}", data)
    return found


def _value(value: str | FromSetting) -> str:
    if isinstance(value, str):
        return value
    return AGENT if value.setting == "agentSecret" else DATABASE


def changed(given: Answers, path: str, change: Mapping[str, Any]) -> Answers:
    """The answers with other values at the top of a guest or a certificate."""

    def anew(held: Mapping[Any, OldFile]) -> dict[Any, OldFile]:
        return {key: answer(path, {**each.data, **change}) if each.path == path else each for key, each in held.items()}

    return replace(given, guests=anew(given.guests), certificates=anew(given.certificates))
