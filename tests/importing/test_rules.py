"""One old value otherwise: what is written then, and what the report says of it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from phoenix.importing.configuration import Configuration, configuration
from phoenix.importing.error import ImportingError
from phoenix.importing.ledger import Fate
from phoenix.importing.writing import write
from phoenix.model.document import Loc
from tests.importing.versions import FOLDER

LXC, VM, NODE, MANIFEST = (
    f"etc/{name}.json"
    for name in ("phoenix_lxc_configs", "phoenix_vm_configs", "phoenix_hypervisor_config", "certificate-manifest")
)
QDRANT, PORTAINER = "stacks/qdrant_service/phoenix.json", "stacks/portainer_service/phoenix.json"
NGINX, TRAEFIK, CA, OLLAMA = (
    f"config/guests/{name}.yaml"
    for name in ("101-nginx-phoenix", "102-traefik-internal", "103-step-ca", "914-ollama-gpu0")
)
SERVER, WORKER, IMAGE = (
    f"config/guests/{name}.yaml" for name in ("1001-portainer", "1002-drphoenix", "9000-ubuntu-2404-cloud-template")
)
CLUSTER, CERTIFICATES = "config/cluster.yaml", "config/certificates.yaml"
ABSENT = object()


def _set(loc: Loc, value: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for step in loc[:-1]:
            data = data[step]
        if value is ABSENT:
            del data[loc[-1]]
        elif isinstance(data, list) and loc[-1] == len(data):
            data.append(value)
        else:
            data[loc[-1]] = value

    return change


def made(tmp_path: Path, version: str, file: str, loc: Loc, value: Any) -> Configuration:
    """What is made of the version with one other value."""
    old = tmp_path / "old"
    shutil.copytree(FOLDER / version, old)
    data = json.loads((old / file).read_text(encoding="utf-8"))
    _set(loc, value)(data)
    (old / file).write_text(json.dumps(data, indent=2), encoding="utf-8")
    return configuration(old)


def _at(made: Configuration, file: str, loc: Loc) -> Any:
    data: Any = next(each for each in made.files if each.path == file).data
    for step in loc:
        if isinstance(data, dict) and step not in data:
            return ABSENT
        data = data[step]
    return data


def _guest(vmid: str, *loc: str | int) -> Loc:
    return ("lxc_configs", vmid, *loc)


def _rule(**fields: Any) -> dict[str, Any]:
    return {"type": "in", "action": "ACCEPT", **fields}


SAID = ""
CASES: dict[str, tuple[str, Loc, Any, str, Loc, Any, str]] = {
    "a name with other signs": (
        LXC,
        _guest("914", "name"),
        "Ollama_GPU 0!",
        "config/guests/914-ollama-gpu-0.yaml",
        ("name",),
        "Ollama-GPU-0",
        "letters, digits, - and .",
    ),
    "a service with other signs": (
        LXC,
        _guest("914", "traefik_service", "name"),
        "ol_lama",
        OLLAMA,
        ("traefik_service", "name"),
        "ol-lama",
        "letters, digits, - and .",
    ),
    "a number as text": (LXC, _guest("914", "cores"), "12", OLLAMA, ("cores",), 12, SAID),
    "a storage of its own": (
        LXC,
        _guest("914", "storage_pool"),
        "fastData-x",
        OLLAMA,
        ("storage",),
        "fastData-x",
        SAID,
    ),
    "the node's storage": (LXC, _guest("914", "memory_mb"), 32768, OLLAMA, ("storage",), ABSENT, SAID),
    "a bridge of its own": (
        LXC,
        _guest("914", "network_config", "bridge"),
        "vmbr1",
        OLLAMA,
        ("network", "bridge"),
        "vmbr1",
        SAID,
    ),
    "two name servers": (
        LXC,
        _guest("914", "network_config", "nameservers"),
        "10.0.0.13 8.8.8.8",
        OLLAMA,
        ("network", "nameserver"),
        "10.0.0.13",
        "one name server",
    ),
    "a second card": (
        LXC,
        _guest("914", "secondary_network_config"),
        {"ip": "172.16.100.10/24"},
        OLLAMA,
        ("network", "address"),
        "10.0.0.155/24",
        "a guest has one network card",
    ),
    "one card as a number": (LXC, _guest("914", "gpu_assignment"), 1, OLLAMA, ("gpus",), [1], SAID),
    "a flag of pct": (LXC, _guest("914", "pct_options"), ["keyctl=1", "fuse=0"], OLLAMA, ("keyctl",), True, SAID),
    "a raw line with a colon": (
        LXC,
        _guest("914", "lxc_options"),
        ["lxc.cap.drop: sys_admin"],
        OLLAMA,
        ("lxc_options",),
        ["lxc.cap.drop: sys_admin", "lxc.apparmor.profile: unconfined"],
        SAID,
    ),
    "a delay without an order": (
        LXC,
        _guest("914", "boot_order"),
        ABSENT,
        OLLAMA,
        ("boot",),
        ABSENT,
        "a delay needs a boot_order",
    ),
    "a source that says it is no template": (
        LXC,
        _guest("900", "is_template"),
        False,
        "config/guests/900-copy-base.yaml",
        ("template",),
        True,
        "other guests are cloned from it",
    ),
    "a clone with a template, too": (
        LXC,
        _guest("914", "template"),
        "x.tar.zst",
        OLLAMA,
        ("source",),
        {"clone": 901},
        "the guest is cloned",
    ),
    "a feature twice": (
        LXC,
        _guest("914", "features"),
        ["ollama", "ollama"],
        OLLAMA,
        ("features",),
        ["ollama"],
        "each feature once",
    ),
    "a feature of the old system's own": (
        VM,
        ("vms", 1, "features", 4),
        "docker_proxy",
        SERVER,
        ("features",),
        ["base_setup", "trusted_ca", "step_cli", "docker"],
        "asks each Docker over SSH",
    ),
    "a whole share of memory": (
        LXC,
        _guest("801", "vllm_engine_config", "CacheConfig", "gpu_memory_utilization"),
        1,
        "config/guests/801-granite-embedding.yaml",
        ("features", 0, "gpu_memory_utilization"),
        1.0,
        SAID,
    ),
    "a mount elsewhere": (
        LXC,
        _guest("914", "mount_points"),
        [{"host_path": "/mnt/pve/fastData/models", "container_path": "/models"}],
        OLLAMA,
        ("mounts",),
        [{"host_path": "/fastData/models", "container_path": "/models"}],
        "spell one directory as",
    ),
    "a mount of the authority's parent": (
        LXC,
        _guest("914", "mount_points"),
        [{"host_path": "/quickOS/lxc-persistent-data/103", "container_path": "/x"}],
        OLLAMA,
        ("mounts",),
        ABSENT,
        "the authority's keys were mounted into other guests",
    ),
    "a service that says https": (
        LXC,
        _guest("914", "traefik_service", "scheme"),
        "HTTPS",
        OLLAMA,
        ("traefik_service", "scheme"),
        "https",
        SAID,
    ),
    "vllm that says https": (
        LXC,
        _guest("801", "traefik_service", "scheme"),
        "https",
        "config/guests/801-granite-embedding.yaml",
        ("traefik_service", "scheme"),
        "http",
        "vLLM serves HTTP",
    ),
    "the authority's service": (
        LXC,
        _guest("103", "cores"),
        2,
        CA,
        ("traefik_service", "direct"),
        True,
        "asked at its own port",
    ),
    "the authority's directory": (
        LXC,
        _guest("103", "cores"),
        2,
        CA,
        ("mounts", 0, "mode"),
        "0700",
        "left them open to everybody",
    ),
    "an image that Proxmox takes": (
        VM,
        ("vms", 0, "template_image"),
        "noble.qcow2",
        IMAGE,
        ("source", "image"),
        "noble.qcow2",
        SAID,
    ),
    "an image that Proxmox refuses": (
        VM,
        ("vms", 0, "cores"),
        2,
        IMAGE,
        ("source", "image"),
        "noble-server-cloudimg-amd64.qcow2",
        "Proxmox imports images whose names end in",
    ),
    "a template with a larger disk than its clones": (
        VM,
        ("vms", 1, "disk_size_gb"),
        20,
        IMAGE,
        ("disk_gb",),
        20,
        "a disk only grows",
    ),
    "a machine without cores": (VM, ("vms", 1, "cores"), ABSENT, SERVER, ("cores",), 2, SAID),
    "a machine's storage": (VM, ("vms", 1, "storage_pool"), "x", SERVER, ("storage",), "x", SAID),
    "no role in the Swarm": (
        VM,
        ("vms", 2, "cores"),
        4,
        WORKER,
        ("swarm", "role"),
        "worker",
        "the old system of this version had none",
    ),
    "no name for the environment": (
        VM,
        ("vms", 2, "portainer_environment_name"),
        ABSENT,
        WORKER,
        ("portainer", "environment"),
        "drphoenix",
        "an environment has a name",
    ),
    "a machine without a user": (
        VM,
        ("vms", 2, "user_config"),
        ABSENT,
        WORKER,
        ("cloud_init", "user"),
        "phoenix_user",
        "the old system's default",
    ),
    "a user with a password": (
        VM,
        ("vms", 2, "user_config", "password"),
        "x9Y8z7",
        WORKER,
        ("cloud_init",),
        {"user": "phoenix_user"},
        "without a password",
    ),
    "another name for the agent": (
        VM,
        ("vms", 2, "portainer_agent_hostname"),
        "agent.internal.thinkheads.ai",
        CLUSTER,
        ("dns", "records", 1),
        {"name": "agent", "guest": 1002},
        SAID,
    ),
    "a rule with ranges": (
        LXC,
        _guest("914", "firewall", "rules", 0, "port"),
        "80, 8000:8010",
        OLLAMA,
        ("firewall", "rules", 0, "ports"),
        [80, "8000:8010"],
        SAID,
    ),
    "a rule with an interface": (
        LXC,
        _guest("914", "firewall", "rules", 0, "iface"),
        "net0",
        OLLAMA,
        ("firewall", "rules", 0, "interface"),
        ABSENT,
        "no interface in a guest's rule",
    ),
    "a rule of the node with an interface": (
        NODE,
        ("shared_volumes", "firewall", "global_firewall_rules", 6),
        _rule(iface="vmbr0"),
        CLUSTER,
        ("firewall", "rules", 6, "interface"),
        "vmbr0",
        SAID,
    ),
    "a comment with a sign of comments": (
        LXC,
        _guest("914", "firewall", "rules", 0, "comment"),
        "a # b\nc",
        OLLAMA,
        ("firewall", "rules", 0, "comment"),
        "a b c",
        "a comment is one line without #",
    ),
    "a rule twice, with another comment": (
        LXC,
        _guest("914", "firewall", "rules", 1),
        _rule(source="10.0.0.12", proto="tcp", port="11434", comment="x"),
        OLLAMA,
        ("firewall", "rules"),
        [
            {
                "direction": "in",
                "action": "ACCEPT",
                "proto": "tcp",
                "source": "10.0.0.12",
                "ports": [11434],
                "comment": "Allow Traefik to access ollama-gpu0",
            }
        ],
        "the same rule stands in",
    ),
    "a guest's rule among the node's": (
        NODE,
        ("shared_volumes", "firewall", "global_firewall_rules", 6),
        _rule(dest="10.0.0.155", proto="udp", port=5),
        OLLAMA,
        ("firewall", "rules", 1),
        {"direction": "in", "action": "ACCEPT", "proto": "udp", "dest": "10.0.0.155", "ports": [5]},
        "to nodes alone",
    ),
    "the firewall on top": (
        NODE,
        ("firewall",),
        {"default_input_policy": "reject"},
        CLUSTER,
        ("firewall", "policy_in"),
        "REJECT",
        SAID,
    ),
    "no subnet": (
        NODE,
        ("network", "default_subnet"),
        ABSENT,
        CLUSTER,
        ("firewall", "operators"),
        ["10.0.0.0/24"],
        "the node's LAN",
    ),
    "no upstream servers": (
        NODE,
        ("dns_server", "upstream_servers"),
        [],
        CLUSTER,
        ("dns", "upstreams"),
        ["1.1.1.1"],
        "no old file names the upstream servers",
    ),
    "no template's folder": (
        LXC,
        _guest("900", "template"),
        "x.tar.zst",
        CLUSTER,
        ("node", "storages", "images"),
        "local",
        "no old file says where container templates lie",
    ),
    "an environment by its short name": (
        QDRANT,
        ("environments",),
        {"prod": {"firewall_rules": [_rule()]}},
        "stacks/qdrant_service/stack.yaml",
        ("environments", "production", "firewall_rules"),
        [{"direction": "in", "action": "ACCEPT"}],
        "one word for an environment everywhere",
    ),
    "a label of Docker's network": (
        QDRANT,
        ("environments", "production", "services", "qdrant", "traefik_labels", 0),
        "traefik.docker.network=x",
        "stacks/qdrant_service/stack.yaml",
        ("environments", "production", "services", "qdrant", "traefik_labels", 0),
        "traefik.http.routers.qdrant.rule=Host(`qdrant.internal.thinkheads.ai`)",
        "Traefik stands outside of the Swarm",
    ),
    "a label with a secret": (
        QDRANT,
        ("environments", "production", "services", "qdrant", "traefik_labels", 0),
        "traefik.http.middlewares.x.basicauth.users=a:$apr1$x$y",
        "stacks/qdrant_service/stack.yaml",
        ("environments", "production", "services", "qdrant", "traefik_labels", 0),
        "traefik.http.routers.qdrant.rule=Host(`qdrant.internal.thinkheads.ai`)",
        "a secret is no label",
    ),
    "an entry point without TLS": (
        QDRANT,
        ("environments", "production", "services", "qdrant", "traefik_labels"),
        ["traefik.http.routers.q.entrypoints=web"],
        "stacks/qdrant_service/stack.yaml",
        ("environments", "production", "services", "qdrant", "traefik_labels"),
        ["traefik.http.routers.q.entrypoints=websecure", "traefik.http.routers.q.tls=true"],
        "Traefik serves TLS alone",
    ),
    "a resolver that never was": (
        QDRANT,
        ("description",),
        "x",
        "stacks/qdrant_service/stack.yaml",
        ("description",),
        "x",
        "no version of the old Traefik had that resolver",
    ),
    "labels of a guest's own service": (
        PORTAINER,
        ("description",),
        "x",
        "stacks/portainer_service/stack.yaml",
        ("environments", "production", "services"),
        {"portainer": {}},
        "the traefik_service of the guest already",
    ),
    "a number as a variable": (
        QDRANT,
        ("environments", "production", "variables"),
        [{"name": "A", "value": 5}],
        "stacks/qdrant_service/stack.yaml",
        ("environments", "production", "variables"),
        [{"name": "A", "value": "5"}],
        SAID,
    ),
    "a certificate for a guest by number": (
        MANIFEST,
        (0, "guest_id"),
        "101",
        CERTIFICATES,
        ("certificates", 0, "distribution", 0, "guest"),
        101,
        SAID,
    ),
    "a certificate in a path of the guest": (
        MANIFEST,
        (2,),
        {
            "common_name": "a.b.c",
            "guest_id": 914,
            "guest_type": "lxc",
            "cert_path": "/etc/x/a.pem",
            "key_path": "/etc/x/k.pem",
            "include_ca": True,
            "cert_type": "client",
        },
        CERTIFICATES,
        ("certificates", 2),
        {
            "name": "a",
            "common_name": "a.b.c",
            "kind": "client",
            "distribution": [
                {"guest": 914, "certificate": "/etc/x/a.pem", "key": "/etc/x/k.pem", "ca": "/etc/x/ca.pem"}
            ],
        },
        "the guest's file says it",
    ),
    "a second certificate of one name": (
        MANIFEST,
        (3,),
        {"common_name": "nginx.x", "guest_id": 914, "cert_path": "/etc/x/client.pem", "key_path": "/etc/x/k.pem"},
        CERTIFICATES,
        ("certificates", 3, "name"),
        "nginx-client",
        SAID,
    ),
    "Docker's certificate": (
        MANIFEST,
        (3,),
        {
            "common_name": "d.x",
            "guest_id": 1001,
            "cert_path": "/etc/docker/tls/server.pem",
            "key_path": "/etc/docker/tls/k.pem",
            "post_renewal_command": "qm guest exec 1001 -- systemctl restart docker",
        },
        CERTIFICATES,
        ("certificates", 3, "distribution", 0),
        {
            "guest": 1001,
            "certificate": "/etc/docker/tls/cert.pem",
            "key": "/etc/docker/tls/key.pem",
            "ca": "/etc/docker/tls/ca.pem",
            "reload": {"unit": "docker-tls"},
        },
        "would stop every container",
    ),
    "a key for everybody": (
        MANIFEST,
        (0, "permissions"),
        "644",
        CERTIFICATES,
        ("certificates", 0, "distribution", 0, "key_mode"),
        "0600",
        "a private key is not for everybody",
    ),
    "a command in the guest": (
        MANIFEST,
        (0, "post_renewal_command"),
        "pct exec 101 -- /opt/x 'a b'",
        CERTIFICATES,
        ("certificates", 0, "distribution", 0, "reload"),
        {"command": ["/opt/x", "a b"]},
        "which the product runs in the guest",
    ),
    "a command on the node": (
        MANIFEST,
        (0, "post_renewal_command"),
        "/root/x.sh",
        CERTIFICATES,
        ("certificates", 0, "distribution", 0, "reload"),
        ABSENT,
        "a command on the node",
    ),
    "no name of a certificate is lost": (
        MANIFEST,
        (0, "sans"),
        ["x.y", "10.0.0.1"],
        CERTIFICATES,
        ("certificates", 0, "sans"),
        ["x.y", "10.0.0.1", "*.internal.thinkheads.ai"],
        "the gateway serves every routed name by TLS",
    ),
    "a certificate in a share": (
        MANIFEST,
        (3,),
        {
            "common_name": "a.b",
            "guest_id": 1002,
            "cert_path": "/mnt/pve/quickOS/vm-persistent-data/1002/app/c.pem",
            "key_path": "/quickOS/vm-persistent-data/1002/app/k.pem",
        },
        CERTIFICATES,
        ("certificates", 3, "distribution", 0),
        {"guest": 1002, "certificate": "/persistent-storage/app/c.pem", "key": "/persistent-storage/app/k.pem"},
        "the path in the guest",
    ),
    "a command that is cut off": (
        MANIFEST,
        (0, "post_renewal_command"),
        "pct exec 101 -- sh -c 'x",
        CERTIFICATES,
        ("certificates", 0, "distribution", 0, "reload"),
        ABSENT,
        "a command on the node",
    ),
    "a stack that nobody lists": (
        VM,
        ("vms", 2, "docker_stacks"),
        ["thinkheads_ai_app"],
        WORKER,
        ("docker_stacks",),
        ["thinkheads_ai_app"],
        "no guest lists the stack",
    ),
    "an environment of Portainer that nobody makes": (
        "etc/portainer/config.json",
        ("endpoints", 0, "Name"),
        "other",
        WORKER,
        ("portainer", "environment"),
        "drphoenix",
        "no guest makes an environment of that name",
    ),
    "a stack without a description": (
        QDRANT,
        ("description",),
        ABSENT,
        "stacks/qdrant_service/stack.yaml",
        ("description",),
        "Qdrant vector database for RAG.",
        SAID,
    ),
    "a service without labels": (
        QDRANT,
        ("environments", "production", "services", "qdrant", "traefik_labels"),
        [],
        "stacks/qdrant_service/stack.yaml",
        ("environments", "production", "services"),
        {"qdrant": {}},
        SAID,
    ),
    "labels in the list of stacks, too": (
        QDRANT,
        ("description",),
        "x",
        "stacks/qdrant_service/stack.yaml",
        ("environments", "production", "services", "qdrant", "traefik_labels", 0),
        "traefik.enable=true",
        "the manifest in the stack's own folder says it",
    ),
    "a machine's card": (
        VM,
        ("vms", 2, "mac_address"),
        "52:54:00:aa:bb:01",
        WORKER,
        ("network", "mac"),
        "52:54:00:AA:BB:01",
        SAID,
    ),
    "the machines' storage": (VM, ("vms", 2, "storage_pool"), "quickOS-vm-disks", WORKER, ("storage",), ABSENT, SAID),
    "a share by its other root": (
        VM,
        ("vms", 2, "volumes", 0, "path"),
        "/mnt/pve/quickOS/vm-persistent-data/1002",
        WORKER,
        ("nfs", 0, "path"),
        "/quickOS/vm-persistent-data/1002",
        "spell one directory as",
    ),
    "a machine's own service": (
        VM,
        ("vms", 2, "traefik_service"),
        {"name": "web", "port": 80},
        WORKER,
        ("traefik_service",),
        {"name": "web", "port": 80, "scheme": "https"},
        "the old Traefik spoke TLS to every virtual machine",
    ),
    "a name for an agent that is none": (
        VM,
        ("vms", 1, "portainer_agent_hostname"),
        "x.internal.thinkheads.ai",
        CLUSTER,
        ("dns", "records"),
        [{"name": "traefik", "role": "gateway"}],
        "only an agent has such a name",
    ),
    "another address of Portainer": (
        NODE,
        ("network", "portainer_server_ip"),
        "10.0.0.101",
        SERVER,
        ("network", "address"),
        "10.0.0.111/24",
        "Portainer answers at the address of the guest",
    ),
    "another name of Portainer": (
        NODE,
        ("portainer_api", "portainer_hostname"),
        "p.internal.thinkheads.ai",
        SERVER,
        ("traefik_service", "name"),
        "portainer",
        "Portainer's name is the traefik_service",
    ),
    "no storage of machines": (
        VM,
        ("vm_defaults", "storage_pool"),
        ABSENT,
        CLUSTER,
        ("node", "storages", "vm"),
        "local-lvm",
        "no old file names a storage",
    ),
    "the client of the gateway": (
        MANIFEST,
        (0, "sans"),
        ["x.y"],
        CERTIFICATES,
        ("certificates", 3, "name"),
        "nginx-gateway-client",
        "proves itself to Traefik",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_value(name: str, tmp_path: Path) -> None:
    file, loc, value, new, at, wanted, why = CASES[name]
    version = "2025-11-16" if loc[:1] == ("firewall",) else "2025-11-04"
    found = made(tmp_path, version, file, loc, value)
    assert _at(found, new, at) == wanted
    assert not why or any(why in each.why for each in found.ledger.entries)


def test_what_the_swarm_is_told(tmp_path: Path) -> None:
    found = made(tmp_path, "2025-11-16", VM, ("vms", 2, "node_labels"), ["gpu=false", "zone=a=b"])
    assert _at(found, WORKER, ("swarm",)) == {"role": "worker", "labels": {"gpu": "false", "zone": "a=b"}}
    assert _at(found, SERVER, ("swarm",)) == {"role": "manager"}


def test_a_lan_where_the_swarms_pool_would_be(tmp_path: Path) -> None:
    found = made(tmp_path, "2025-11-04", NODE, ("network", "interfaces", "address"), "172.20.0.13/24")
    assert _at(found, CLUSTER, ("swarm", "address_pool")) == "10.128.0.0/14"


def test_a_service_without_a_snapshot_is_no_template(tmp_path: Path) -> None:
    """It was frozen to be cloned, but nothing is cloned from it, and it serves: it may run."""
    found = made(tmp_path, "2025-11-16", LXC, _guest("910", "cores"), 10)
    file = "config/guests/910-copy-vllm-gpux2.yaml"
    assert (_at(found, file, ("template",)), _at(found, file, ("running",))) == (ABSENT, False)
    assert _at(found, "config/guests/911-copy-vllm-gpu0.yaml", ("features", 1, "served_name")) == "qwen2-7b-fp8"


def test_a_network_that_a_compose_file_finds(tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(FOLDER / "2025-11-04", old)
    compose = old / "stacks/qdrant_service/docker-compose.yml"
    text = compose.read_text(encoding="utf-8").replace(
        "    restart", "    container_name: q\n    networks: [web]\n    restart"
    )
    compose.write_text(f"{text}\nnetworks:\n  web:\n    external: true\n", encoding="utf-8")
    found = configuration(old)
    cluster = write(found, tmp_path / "new", "production")
    assert [each.name for each in cluster.swarm.networks] == ["web"]
    assert "container_name" not in cluster.stack("qdrant_service").compose["services"]["qdrant"]
    fates = {each.old.field: each.fate for each in found.ledger.entries if each.old}
    assert fates["services.qdrant.container_name"] is Fate.LEFT_OUT


COMPOSED: dict[str, tuple[str, str, Loc, Any]] = {
    "variables as a mapping": (
        "    environment:\n      - API_PORT=${API_PORT}",
        "    environment:\n      API_PORT: ${API_PORT}",
        ("services", "thinkheads_ai_app", "environment"),
        {"API_PORT": "${API_PORT}", "DATABASE_PASS": "${DATABASE_PASS:-}"},
    ),
    "no variables": (
        "    environment:\n      - API_PORT=${API_PORT}",
        "",
        ("services", "thinkheads_ai_app", "environment"),
        {"DATABASE_PASS": "${DATABASE_PASS:-}"},
    ),
    "a variable that is there already": (
        "- API_PORT=${API_PORT}",
        "- DATABASE_PASS=${DATABASE_PASS}",
        ("services", "thinkheads_ai_app", "environment"),
        ["DATABASE_PASS=${DATABASE_PASS}"],
    ),
    "a volume of Docker's own": (
        "    external: true",
        "    driver: local",
        ("volumes",),
        {"thinkheads_ai_app_data_nfs": {"driver": "local"}},
    ),
}


@pytest.mark.parametrize("name", COMPOSED)
def test_a_compose_file(name: str, tmp_path: Path) -> None:
    before, after, at, wanted = COMPOSED[name]
    old = tmp_path / "old"
    shutil.copytree(FOLDER / "2025-11-04", old)
    compose = old / "stacks/thinkheads_ai_app/docker-compose.yml"
    text = compose.read_text(encoding="utf-8")
    assert before in text
    compose.write_text(text.replace(before, after), encoding="utf-8")
    found = configuration(old)
    assert _at(found, "stacks/thinkheads_ai_app/compose.yaml", at) == wanted
    write(found, tmp_path / "new", "production")


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("docker-compose.yml", "services: [", r"docker-compose.yml:1: file: not valid YAML"),
        ("docker-compose.yml", "- x", r"docker-compose.yml:1: file: a compose file: a mapping with services"),
        (
            "docker-compose.yml",
            "services:\n  a:\n    environment: x",
            r":3: services.a.environment: got x; a mapping, or a",
        ),
        ("configs/prod.env", "A B=1", r"configs/prod.env:1: file: lines of NAME=value: line 1: NAME=VALUE, without a"),
    ],
)
def test_a_broken_file_of_a_stack(file: str, text: str, words: str, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(FOLDER / "2025-11-04", old)
    (old / "stacks/thinkheads_ai_app" / file).write_text(text, encoding="utf-8")
    with pytest.raises(ImportingError, match=words):
        configuration(old)


def _entry(name: str, guest: int, path: str, **more: Any) -> dict[str, Any]:
    kind = "vm" if guest > 1000 else "lxc"
    paths = {"cert_path": f"{path}.crt", "key_path": f"{path}.key"}
    return {"common_name": f"{name}.internal.thinkheads.ai", "guest_id": guest, "guest_type": kind, **paths, **more}


def _secret(guest: int, *names: str) -> str:
    commands = "; ".join(f"docker secret rm {name}; docker secret create {name} /tmp/{name}" for name in names)
    return f"qm guest exec {guest} -- /bin/bash -c '{commands}; docker service update --force x'"


LXC_DATA, VM_DATA = "/mnt/pve/quickOS/lxc-persistent-data", "/mnt/pve/quickOS/vm-persistent-data"
LATER = [
    _entry("nginx", 101, f"{LXC_DATA}/101/ssl/nginx", sans=["*.internal.thinkheads.ai"]),
    _entry(
        *("portainer", 1001, f"{VM_DATA}/1001/portainer/certs/portainer"),
        include_ca=True,
        post_renewal_command=_secret(1001, "portainer_tls_cert.pem", "portainer_tls_key.pem", "portainer_tls_ca.pem"),
    ),
    _entry("traefik", 102, f"{LXC_DATA}/102/certs/traefik"),
    _entry("drphoenix-agent", 1002, "/etc/docker/tls/cert"),
    _entry("portainer", 1001, "/etc/docker/tls/cert", sans=["10.0.0.111", "127.0.0.1"], include_ca=True),
    _entry("traefik-client", 102, f"{LXC_DATA}/102/certs/client-cert", cert_type="client"),
    _entry("nginx-gateway-client", 101, f"{LXC_DATA}/101/ssl/nginx-client", cert_type="client"),
    _entry(
        *("portainer-client", 1001, f"{VM_DATA}/1001/portainer/certs/client"),
        cert_type="client",
        post_renewal_command=_secret(1001, "portainer_client_cert", "portainer_client_key", "portainer_client_ca"),
    ),
]
"""A manifest as the old system had it later, with guests by number and more certificates."""


def test_a_later_manifest(tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(FOLDER / "2025-11-16", old)
    (old / MANIFEST).write_text(json.dumps(LATER), encoding="utf-8")
    found = configuration(old)
    certificates = write(found, tmp_path / "new", "production").certificates
    assert [(each.name, str(each.kind)) for each in certificates] == [
        ("nginx", "server"),
        ("portainer", "server"),
        ("traefik", "server"),
        ("drphoenix-agent", "server"),
        ("portainer-cert", "server"),
        ("traefik-client", "client"),
        ("nginx-gateway-client", "client"),
        ("portainer-client", "client"),
    ]
    secrets = {each.name: each.docker_secrets.names for each in certificates if each.docker_secrets}
    assert secrets == {
        "portainer": ("portainer_tls_cert", "portainer_tls_key"),
        "portainer-client": ("portainer_client_cert", "portainer_client_key", "portainer_client_ca"),
    }
    assert certificates[4].sans == ("10.0.0.111", "127.0.0.1")
    assert any("could not remove one in use" in each.why for each in found.ledger.entries)


REFUSED: dict[str, tuple[str, Loc, Any, str]] = {
    "a VMID that is none": (LXC, _guest("99"), {"name": "x"}, "lxc_configs.99: got an object; a VMID from 100"),
    "a VMID twice": (
        LXC,
        _guest("1001"),
        {"name": "x", "network_config": {"ip": "dhcp"}, "clone_from_ctid": 900, "storage_size_gb": 1},
        r"vms\[1\]: got an object; a VMID once; .*lxc_configs.1001 has 1001 already",
    ),
    "a guest without a source": (
        LXC,
        _guest("914", "clone_from_ctid"),
        ABSENT,
        "lxc_configs.914: got an object; clone_from_ctid or template",
    ),
    "a feature of nobody": (
        LXC,
        _guest("914", "features"),
        ["wat"],
        r"features\[0\]: got wat; a feature that this program has: base_setup,",
    ),
    "a flag of nobody": (
        LXC,
        _guest("914", "pct_options"),
        ["mount=nfs"],
        r"pct_options\[0\]: got mount=nfs; one of nesting, keyctl",
    ),
    "a raw line that is none": (LXC, _guest("914", "lxc_options"), ["x"], r"lxc_options\[0\]: got x; lxc.KEY=VALUE"),
    "cards that are none": (
        LXC,
        _guest("914", "gpu_assignment"),
        "all",
        "gpu_assignment: got all; none, or numbers of cards",
    ),
    "ports that are none": (
        LXC,
        _guest("914", "firewall", "rules", 0, "port"),
        "http",
        "port: got http; port numbers and ranges",
    ),
    "a share of another kind": (VM, ("vms", 2, "volumes", 0, "type"), "cifs", r"volumes\[0\].type: got cifs; nfs"),
    "a part in Portainer of nobody": (
        VM,
        ("vms", 2, "portainer_role"),
        "edge",
        "portainer_role: got edge; primary, agent or none",
    ),
    "a label that is none": (
        VM,
        ("vms", 2, "node_labels"),
        ["gpu"],
        r"node_labels\[0\]: got gpu; NAME=VALUE, of a member",
    ),
    "a stack on two guests": (
        VM,
        ("vms", 1, "docker_stacks", 1),
        "qdrant_service",
        r"vms\[2\].docker_stacks\[0\]: got qdrant_service; a stack once",
    ),
    "a service that the compose file lacks": (
        QDRANT,
        ("environments", "production", "services", "x"),
        {},
        "services.x: got an object; a service of the compose file: qdrant",
    ),
    "a certificate of nobody": (
        MANIFEST,
        (0, "cert_path"),
        "/srv/x.pem",
        r"\[0\].cert_path: got /srv/x.pem; a path in a directory of a guest",
    ),
    "a certificate for nobody": (MANIFEST, (0, "guest_id"), 555, r"\[0\].guest_id: got 555; the VMID of a guest"),
    "a certificate outside of its guest": (
        MANIFEST,
        (0,),
        {"common_name": "a.b", "guest_id": 914, "cert_path": "/mnt/pve/quickOS/x/c.pem", "key_path": "/x/k.pem"},
        r"\[0\].cert_path: got /mnt/pve/quickOS/x/c.pem; a path below a mount of guest 914",
    ),
    "a model that nobody names": (LXC, _guest("914", "features"), ["vllm"], "914: got an object; a vllm_engine_config"),
    "a name of nothing": (LXC, _guest("914", "name"), "!!", "name: got !!; a name of letters, digits, - and"),
    "a number that is none": (LXC, _guest("914", "cores"), "six", "cores: got six; a whole number"),
    "a switch that is none": (LXC, _guest("914", "start_at_boot"), "yes", "start_at_boot: got yes; true or false"),
    "an address that is missing": (LXC, _guest("914", "network_config", "ip"), ABSENT, "ip: a value for ip"),
    "a variable without a value": (
        QDRANT,
        ("environments", "production", "variables"),
        [{"name": "A"}],
        r"variables\[0\]: got an object; a variable with name and value",
    ),
    "a secret in a description": (
        QDRANT,
        ("description",),
        "postgres://me:word@db/x",
        r"description: got \[secret\]; no secret here",
    ),
    "a machine without a source": (
        VM,
        ("vms", 0, "template_image"),
        ABSENT,
        r"vms\[0\]: got an object; clone_from_vmid",
    ),
    "a machine without memory": (
        VM,
        ("vm_defaults", "memory_mb"),
        ABSENT,
        r"vms\[0\]: got an object; memory_mb, here or in vm_defaults",
    ),
    "a machine without a disk": (
        VM,
        ("vm_defaults", "disk_size_gb"),
        ABSENT,
        r"vms\[0\]: got an object; disk_size_gb, here or in vm_defaults",
    ),
    "a mode that is none": (MANIFEST, (0, "permissions"), "rw", r"\[0\].permissions: got rw; an octal mode"),
    "a file that is not there": (
        "etc/phoenix_stacks_config.json",
        ("docker_stacks", "thinkheads_ai_app", "environments", "production", "files", 0, "source"),
        "x.env",
        r"files\[0\].source: got x.env; a file that lies below",
    ),
    "an address that is none": (
        NODE,
        ("network", "interfaces", "address"),
        "10.0.0.13.1",
        "interfaces.address: got 10.0.0.13.1; an IPv4 address",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    file, loc, value, words = REFUSED[name]
    with pytest.raises(ImportingError, match=rf"etc/\S+:\d+: .*{words}|stacks/\S+:\d+: .*{words}"):
        made(tmp_path, "2025-11-04", file, loc, value)
