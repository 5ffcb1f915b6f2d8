"""Values that no system would take, field by field."""

from tests.model.broken import AUTHORITY, BASE, CLUSTER, FRONT, WORKER, Broken, Edit, Expected, one

_TEMPLATE, _IMAGE = "iso:vztmpl/debian.tar.zst", "iso:import/cloud.img"


def _path(name: str, file: str, old: str, new: str, field: str, allowed: str) -> Broken:
    """Another path: `old` and `new` are the key with its value."""
    value = new.partition(": ")[2].strip('"')
    return one(f"path: {name}", Edit(file, old, new), Expected(file, new, field, value, allowed))


def _host_path(name: str, value: str, allowed: str) -> Broken:
    old, new = "host_path: /pool/lxc/101/ssl", f"host_path: {value}"
    told = Expected(FRONT, "host_path", "mounts[0].host_path", value.strip('"'), allowed)
    return one(f"path: {name}", Edit(FRONT, old, new), told)


def _source(name: str, file: str, old: str, new: str) -> Broken:
    field = "source.template" if old is _TEMPLATE else "source.image"
    return one(f"source: {name}", Edit(file, old, new), Expected(file, "source", field, new, "must match"))


def _container(name: str, text: str, line: str, field: str, value: str, allowed: str) -> Broken:
    """A further key of a container."""
    return one(name, Edit(FRONT, "cores: 1", f"{text}\ncores: 1"), Expected(FRONT, line, field, value, allowed))


CASES = (
    one("guest without a storage", Edit(FRONT, "storage: lxc-disks\n", "")),
    one("guest without a bridge", Edit(FRONT, "  bridge: vmbr0\n", "")),
    one("template by its file alone", Edit(BASE, _TEMPLATE, "debian-12_amd64.tar.zst")),
    one("image by its file alone", Edit(WORKER, _IMAGE, "cloud.img")),
    one("path below the container's own directory", Edit(FRONT, "host_path: /pool/lxc/101/ssl", "host_path: ssl/a b")),
    one("guest that may be restarted", Edit(FRONT, "cores: 1", "allow_reboot: true\ncores: 1")),
    one("SSH of the node on another port", Edit(CLUSTER, "  paths:", "  ssh_port: 2222\n  paths:")),
    _source("directory in a template's name", BASE, _TEMPLATE, "images/debian.tar.zst"),
    _source("path of a template", BASE, _TEMPLATE, "/var/lib/vz/template/cache/debian.tar.zst"),
    _source("image as a template", BASE, _TEMPLATE, "iso:import/debian.tar.zst"),
    _source("blank in a template's name", BASE, _TEMPLATE, "debian 12.tar.zst"),
    _source("directory in an image's name", WORKER, _IMAGE, "images/cloud.img"),
    _source("template as an image", WORKER, _IMAGE, "iso:vztmpl/cloud.img"),
    _source("store without a file", WORKER, _IMAGE, "iso:import/"),
    _host_path("upwards, out of the container's own directory", "../103/ssl", "must not contain '..'"),
    _host_path("around the container's own directory", ".", "must not contain '.'"),
    _host_path("nowhere", '""', "must match"),
    _host_path("two slashes", "a//b", "must not contain '//'"),
    _host_path("comma", '"/pool/lxc,mp=/"', "must match"),
    _host_path("comma in a relative one", '"a,b"', "must match"),
    one(
        "path: comma in a container",
        Edit(FRONT, "container_path: /etc/nginx/ssl", 'container_path: "/etc/nginx,ro=1"'),
        Expected(FRONT, "container_path", "mounts[0].container_path", "/etc/nginx,ro=1", "must match"),
    ),
    _path(
        "certificates with a blank",
        CLUSTER,
        "certificates: /pool/certificates",
        "certificates: /pool/my certificates",
        "node.paths.certificates",
        "must match",
    ),
    _path(
        "certificates with a comma",
        CLUSTER,
        "certificates: /pool/certificates",
        "certificates: /pool/certificates,old",
        "node.paths.certificates",
        "must match",
    ),
    _path(
        "stacks at the top",
        CLUSTER,
        "stacks: /pool/stacks",
        "stacks: /stacks",
        "node.paths.stacks",
        "at least 2 levels deep",
    ),
    _path("stacks at the root", CLUSTER, "stacks: /pool/stacks", "stacks: /", "node.paths.stacks", "2 levels deep"),
    _path(
        "the CA's directory with a blank",
        CLUSTER,
        "directory: /etc/step-ca/ssl",
        "directory: /etc/step ca/ssl",
        "ca.directory",
        "must match",
    ),
    _path(
        "the CA's directory with a comma",
        CLUSTER,
        "directory: /etc/step-ca/ssl",
        "directory: /etc/step-ca,ssl",
        "ca.directory",
        "must match",
    ),
    _path("share with a blank", WORKER, "path: /pool/vm/202", "path: /pool/my vm/202", "nfs[0].path", "must match"),
    _path("share with a comma", WORKER, "path: /pool/vm/202", 'path: "/pool/vm,202"', "nfs[0].path", "must match"),
    _path("relative share", WORKER, "path: /pool/vm/202", "path: pool/vm/202", "nfs[0].path", "must match"),
    _path(
        "mount point with a blank",
        WORKER,
        "mount_point: /mnt/persistent",
        "mount_point: /mnt/my data",
        "nfs[0].mount_point",
        "must match",
    ),
    one(
        "memory that Proxmox does not take",
        Edit(FRONT, "memory_mb: 512", "memory_mb: 15"),
        Expected(FRONT, "memory_mb", "memory_mb", "15", "greater than or equal to 16"),
    ),
    one(
        "login of the node, which is always root",
        Edit(CLUSTER, "  paths:", "  ssh_user: root\n  paths:"),
        Expected(CLUSTER, "ssh_user", "node.ssh_user", "root", "no such key; allowed are name, address"),
    ),
    one(
        "port of the node's SSH",
        Edit(CLUSTER, "  paths:", "  ssh_port: 0\n  paths:"),
        Expected(CLUSTER, "ssh_port", "node.ssh_port", "0", "greater than or equal to 1"),
    ),
    _container("permission by a word", 'allow_reboot: "yes"', "allow_reboot", "allow_reboot", "yes", "bool"),
    _container(
        "ID maps of a privileged container",
        "unprivileged: false\nid_maps: [{type: gid, container_id: 33, host_id: 33, size: 1}]",
        "id_maps",
        "id_maps",
        "33",
        "need an unprivileged container",
    ),
    _container(
        "raw line that Proxmox does not know",
        'lxc_options: ["lxc.cgroup2.devices.allow: a", "lxc.no_new_privs: 1"]',
        "lxc_options",
        "lxc_options[1]",
        "lxc.no_new_privs: 1",
        "does not know lxc.no_new_privs, and would drop the line; known are lxc.apparmor.allow_incomplete, ",
    ),
    _container(
        "raw line that Proxmox makes itself",
        'lxc_options: ["lxc.cgroup2.devices.allow: a", "lxc.rootfs.path: /x"]',
        "lxc_options",
        "lxc_options[1]",
        "lxc.rootfs.path: /x",
        "does not know lxc.rootfs.path, and would drop the line; known are lxc.apparmor.allow_incomplete, ",
    ),
    _container(
        "raw line by the name of before LXC 3",
        'lxc_options: ["lxc.cgroup2.devices.allow: a", "lxc.aa_profile: unconfined"]',
        "lxc_options",
        "lxc_options[1]",
        "lxc.aa_profile: unconfined",
        "does not know lxc.aa_profile, and would drop the line; known are lxc.apparmor.allow_incomplete, ",
    ),
    one(
        "raw lines that Proxmox knows",
        Edit(FRONT, "cores: 1", 'lxc_options: ["lxc.hook.pre-start: /x", "lxc.prlimit.nofile: 9"]\ncores: 1'),
    ),
    _container(
        "ID map by a raw line",
        'lxc_options: ["lxc.apparmor.profile: unconfined", "lxc.idmap: u 0 100000 65536"]',
        "lxc_options",
        "lxc_options",
        "lxc.idmap",
        "are written as id_maps",
    ),
    _container(
        "ID map beyond the container's IDs",
        "id_maps: [{type: gid, container_id: 65536, host_id: 33, size: 1}]",
        "id_maps",
        "id_maps[0].container_id",
        "65536",
        "less than 65536",
    ),
    one(
        "template of a machine that runs",
        Edit(WORKER, "cores: 2", "template: true\nrunning: true\ncores: 2"),
        Expected(WORKER, "running", "running", "true", "a template cannot run"),
    ),
    one(
        "hook on the host, which is called the node",
        Edit(AUTHORITY, "cores: 1", "hooks: [{name: a, after: change, runs_on: host, command: [x]}]\ncores: 1"),
        Expected(AUTHORITY, "hooks", "hooks[0].runs_on", "host", "'local', 'node' or 'guest'"),
    ),
)
