"""Guests: identity, order, roles, features, paths, hooks."""

from tests.model.broken import (
    AUTHORITY,
    BASE,
    CERTIFICATES,
    CLUSTER,
    FRONT,
    MANAGER,
    ROUTER,
    WORKER,
    Broken,
    Edit,
    Expected,
    one,
)

_OF_ROUTER = "certificates[2].distribution[0].guest"
_HOOK = "hooks:\n  - {{name: tell, after: {after}, runs_on: {place}, {guest}command: [logger, done]}}\n"


_MOUNT = "mounts:\n  - host_path: /pool/data\n    container_path: /data\n"
_FROZEN = """type: lxc
vmid: 109
name: Frozen
source: {template: "iso:vztmpl/debian.tar.zst"}
cores: 1
memory_mb: 512
disk_gb: 8
network: {address: 192.0.2.19/24}
template: true
"""


def _hook(after: str, place: str, guest: str = "") -> str:
    return _HOOK.format(after=after, place=place, guest=f"guest: {guest}, " if guest else "")


CASES = (
    one(
        "duplicate vmid",
        Edit(ROUTER, "vmid: 102", "vmid: 101"),
        Expected(ROUTER, "vmid:", "vmid", "101", "a VMID once; "),
        Expected(ROUTER, "vmid:", "vmid", "102-router.yaml", "101-router.yaml"),
        Expected(CERTIFICATES, "guest: 102", _OF_ROUTER, "102", "the VMID of a guest that has a file"),
    ),
    Broken(
        "duplicate name in other capitals",
        (Edit(WORKER, "name: worker", "name: MANAGER"),),
        (
            Expected(WORKER, "name:", "name", "MANAGER", "a name once; "),
            Expected(WORKER, "vmid:", "vmid", "202-worker.yaml", "202-manager.yaml"),
        ),
    ),
    one(
        "duplicate address",
        Edit(ROUTER, "192.0.2.12/24", "192.0.2.11/24"),
        Expected(ROUTER, "  address:", "network.address", "192.0.2.11/24", "101-front.yaml:11"),
    ),
    one(
        "duplicate mac",
        Edit(ROUTER, "52:54:00:00:00:12", "52:54:00:00:00:11"),
        Expected(ROUTER, "mac:", "network.mac", "52:54:00:00:00:11", "a MAC address once"),
    ),
    one(
        "host name of a service is another guest's",
        Edit(AUTHORITY, "name: ca,", "name: front,"),
        Expected(AUTHORITY, "traefik_service", "traefik_service.name", "front", "a host name once"),
    ),
    one(
        "two services with one host name",
        Edit(MANAGER, "name: portainer,", "name: ca,"),
        Expected(MANAGER, "traefik_service", "traefik_service.name", "ca", "103-authority.yaml"),
    ),
    one(
        "static record of a name that a guest brings",
        Edit(CLUSTER, "name: printer", "name: front"),
        Expected(CLUSTER, "name: front", "dns.records[0].name", "front", "a host name once"),
    ),
    one(
        "clone of nobody",
        Edit(FRONT, "clone: 100", "clone: 999"),
        Expected(FRONT, "source:", "source.clone", "999", "the VMID of a guest that has a file"),
    ),
    one(
        "clone of the other type",
        Edit(WORKER, 'source: {image: "iso:import/cloud.img"}', "source: {clone: 100}"),
        Expected(WORKER, "source:", "source.clone", "100", "of type lxc"),
    ),
    one(
        "clone with a smaller disk",
        Edit(FRONT, "disk_gb: 8", "disk_gb: 4"),
        Expected(FRONT, "disk_gb", "disk_gb", "4", "at least the 8 of its source 100"),
    ),
    one(
        "privileged clone of an unprivileged container",
        Edit(FRONT, "cores: 1", "cores: 1\nunprivileged: false"),
        Expected(FRONT, "unprivileged", "unprivileged", "false", "as its source 100 has it"),
    ),
    one(
        "directory of the node in a container that others are cloned from",
        Edit(BASE, "template: true", f"template: true\n{_MOUNT}"),
        Expected(BASE, "host_path", "mounts[0].host_path", "/pool/data", "guest 101 is cloned from this one"),
    ),
    Broken(
        "directory of the node in a container that is frozen",
        (Edit("config/guests/109-frozen.yaml", "", f"{_FROZEN}{_MOUNT}"),),
        (Expected("config/guests/109-frozen.yaml", "host_path", "mounts[0].host_path", "/pool/data", "by a snapshot"),),
    ),
    one(
        "unknown dependency",
        Edit(FRONT, "depends_on: [103]", "depends_on: [103, 555]"),
        Expected(FRONT, "depends_on", "depends_on[1]", "555", "the VMID of a guest that has a file"),
    ),
    one(
        "dependency given twice",
        Edit(FRONT, "depends_on: [103]", "depends_on: [103, 103]"),
        Expected(FRONT, "depends_on", "depends_on[1]", "103", "each guest once"),
    ),
    one(
        "guest that waits for itself",
        Edit(FRONT, "depends_on: [103]", "depends_on: [101]"),
        Expected(FRONT, "depends_on", "depends_on[0]", "101 -> 101", "no guest waits for itself"),
    ),
    one(
        "cycle of a dependency and a clone source",
        Edit(BASE, "template: true", "template: true\ndepends_on: [101]"),
        Expected(BASE, "depends_on", "depends_on[0]", "100 -> 101 -> 100", "no guest waits for itself"),
    ),
    one(
        "authority cloned from a guest that trusts it",
        Edit(BASE, "features: [base_setup]", "features: [base_setup, trusted_ca]"),
        Expected(BASE, "features", "features[1]", "100 -> 103 -> 100", "the authority is neither made from nor"),
    ),
    one(
        "authority that trusts itself before it exists",
        Edit(AUTHORITY, "features: [base_setup, step_ca]", "features: [base_setup, step_ca, trusted_ca]"),
        Expected(AUTHORITY, "features", "features[2]", "103 -> 103", "they would wait for each other"),
    ),
    one(
        "role held twice",
        Edit(ROUTER, "roles: [traefik]", "roles: [traefik, ca]"),
        Expected(AUTHORITY, "roles", "roles", "ca", "one guest is the CA"),
        Expected(ROUTER, "features", "features", "base_setup", "the CA needs the feature step_ca"),
        Expected(ROUTER, "type:", "mounts", "", "/etc/step-ca/ssl"),
    ),
    one(
        "role held by nobody",
        Edit(ROUTER, "roles: [traefik]", "roles: []"),
        Expected("config/guests", "", "roles", "", "one guest must be Traefik; none is"),
    ),
    one(
        "two managers",
        Edit(WORKER, "swarm: {role: worker}", "swarm: {role: manager}"),
        Expected(WORKER, "swarm", "swarm.role", "manager", "one guest is the Swarm's manager"),
    ),
    one(
        "no manager",
        Edit(MANAGER, "swarm: {role: manager}", "swarm: {role: worker}"),
        Expected("config/guests", "", "swarm.role", "", "none is"),
    ),
    one(
        "no primary",
        Edit(MANAGER, "portainer: {role: primary}", "portainer: {role: agent, environment: other}"),
        Expected("config/guests", "", "portainer.role", "", "one guest must be Portainer's primary"),
    ),
    one(
        "two agents with one environment",
        Edit(MANAGER, "portainer: {role: primary}", "portainer: {role: agent, environment: worker}"),
        Expected("config/guests", "", "portainer.role", "", "none is"),
        Expected(WORKER, "portainer", "portainer.environment", "worker", "an environment once"),
    ),
    one(
        "holder of a role without its feature",
        Edit(FRONT, "features: [base_setup, nginx]", "features: [base_setup]"),
        Expected(FRONT, "features", "features", "base_setup", "the gateway needs the feature nginx"),
        Expected(CERTIFICATES, "reload", "certificates[0].distribution[0].reload.unit", "nginx", "brings: none"),
    ),
    one(
        "holder of a role that does not run",
        Edit(ROUTER, "depends_on: [103]", "running: false"),
        Expected(ROUTER, "running", "running", "false", "Traefik must run"),
        Expected(CERTIFICATES, "guest: 102", _OF_ROUTER, "102", "a guest that runs"),
    ),
    one(
        "feature given twice",
        Edit(FRONT, "features: [base_setup, nginx]", "features: [nginx, nginx]"),
        Expected(FRONT, "features", "features[1]", "nginx", "each feature once"),
    ),
    one(
        "a second authority",
        Edit(ROUTER, "features: [base_setup, traefik]", "features: [step_ca, traefik]"),
        Expected(ROUTER, "features", "features[0]", "step_ca", "the role ca"),
    ),
    one(
        "graphics software without a card",
        Edit(ROUTER, "features: [base_setup, traefik]", "features: [nvidia, traefik]"),
        Expected(ROUTER, "features", "features[0]", "nvidia", "list it in gpus"),
    ),
    one(
        "authority without its mount",
        Edit(AUTHORITY, "container_path: /etc/step-ca/ssl", "container_path: /somewhere"),
        Expected(AUTHORITY, "mounts", "mounts", "", "container_path /etc/step-ca/ssl"),
    ),
    one(
        "the CA's keys in another guest",
        Edit(FRONT, "host_path: /pool/lxc/101/ssl", "host_path: /pool/lxc/103/ssl"),
        Expected(FRONT, "host_path", "mounts[0].host_path", "/pool/lxc/103/ssl", "the CA's keys"),
    ),
    one(
        "a folder around the CA's keys in another guest",
        Edit(WORKER, "path: /pool/vm/202", "path: /pool/lxc"),
        Expected(WORKER, "path: /pool/lxc", "nfs[0].path", "/pool/lxc", "the CA's keys"),
    ),
    one(
        "the CA's own keys by a relative path",
        Edit(AUTHORITY, "host_path: /pool/lxc/103/ssl", "host_path: ssl"),
    ),
    Broken(
        "the CA's keys, which a relative path tells, in another guest",
        (
            Edit(AUTHORITY, "host_path: /pool/lxc/103/ssl", "host_path: ssl"),
            Edit(FRONT, "host_path: /pool/lxc/101/ssl", "host_path: /pool/lxc/103/ssl"),
        ),
        (Expected(FRONT, "host_path", "mounts[0].host_path", "/pool/lxc/103/ssl", "the CA's keys"),),
    ),
    Broken(
        "a relative path that lies around the certificates' keys",
        (
            Edit(CLUSTER, "certificates: /pool/certificates", "certificates: /pool/lxc/101/ssl/node"),
            Edit(FRONT, "host_path: /pool/lxc/101/ssl", "host_path: ssl"),
        ),
        (Expected(FRONT, "host_path", "mounts[0].host_path", "/pool/lxc/101/ssl", "the certificates' keys"),),
    ),
    one(
        "stacks' drawn secrets in a guest",
        Edit(FRONT, "host_path: /pool/lxc/101/ssl", "host_path: /var/lib/phoenix"),
        Expected(FRONT, "host_path", "mounts[0].host_path", "/var/lib/phoenix", "the stacks' secrets"),
    ),
    one(
        "every certificate's key in a guest",
        Edit(FRONT, "host_path: /pool/lxc/101/ssl", "host_path: /pool/certificates/front"),
        Expected(FRONT, "host_path", "mounts[0].host_path", "/pool/certificates/front", "the certificates' keys"),
    ),
    one(
        "two mounts on one path",
        Edit(FRONT, "mounts:", "volumes:\n  - {storage: x, size_gb: 1, container_path: /etc/nginx/ssl}\nmounts:"),
        Expected(FRONT, "storage: x", "volumes[0].container_path", "/etc/nginx/ssl", "one mount a path"),
    ),
    one(
        "node of the Swarm without persistent data",
        Edit(WORKER, "nfs:\n  - {server: 192.0.2.2, path: /pool/vm/202, mount_point: /mnt/persistent}", "nfs: []"),
        Expected(WORKER, "nfs", "nfs", "", "needs an NFS volume"),
    ),
    one(
        "hook after an event that a guest does not have",
        Edit(FRONT, "depends_on: [103]", _hook("renewal", "guest")),
        Expected(FRONT, "name: tell", "hooks[0].after", "renewal", "create or change"),
    ),
    one(
        "hook in an unknown guest",
        Edit(FRONT, "depends_on: [103]", _hook("change", "guest", "777")),
        Expected(FRONT, "name: tell", "hooks[0].guest", "777", "the VMID of a guest that has a file"),
    ),
    one(
        "hook in a template, which stays stopped",
        Edit(FRONT, "depends_on: [103]", _hook("change", "guest", "100")),
        Expected(FRONT, "name: tell", "hooks[0].runs_on", "guest", "stays stopped"),
    ),
    one(
        "hook of the cluster that names no guest",
        Edit(CLUSTER, "swarm:", _hook("up", "guest") + "swarm:"),
        Expected(CLUSTER, "name: tell", "hooks[0].guest", "", "the VMID of the guest that it runs in"),
    ),
    one(
        "hook of a certificate on the node with a guest",
        Edit(
            CERTIFICATES,
            "  - name: portainer\n",
            "    " + _hook("renewal", "node", "101").replace("\n", "\n    ").rstrip() + "\n  - name: portainer\n",
        ),
        Expected(CERTIFICATES, "name: tell", "certificates[0].hooks[0].guest", "101", "only with runs_on guest"),
    ),
)
