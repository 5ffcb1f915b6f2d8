"""What the node has before anybody configures it: storages, templates, images, the operator's token."""

import time
from pathlib import Path

from fakepve import FakeCt

from lab.inside.api import NodeApi

GIB = 1024**3
IMAGE_SIZE = 3584 * 1024**2
TEMPLATE = "vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst"
# Proxmox takes disk images to import by these endings only: a cloud image's .img is stored as .qcow2.
IMAGE = "import/noble-server-cloudimg-amd64.qcow2"
# The cluster's other node, which does nothing, and the guest that it has.
OTHER_NODE, ELSEWHERE = "node2", 444
TOKEN = "root@pam!phoenix"


def furnish(pve: NodeApi) -> None:
    """Give a new node its storages; the contents of a real one's ISO storage come with them."""
    now = int(time.time())
    zfs = {"type": "zfspool", "active": 1, "nodes": pve.node, "sparse": 1, "total": 1800 * GIB}
    folder = {"type": "dir", "active": 1, "nodes": pve.node, "shared": 0, "total": 1800 * GIB}
    pve.storages = {
        "local": {"type": "dir", "active": 1, "content": "iso,vztmpl,backup", "path": "/var/lib/vz", "total": 90 * GIB},
        "quickOS-lxc-disks": {**zfs, "pool": "quickOS/lxc-disks", "content": "rootdir"},
        "quickOS-vm-disks": {**zfs, "pool": "quickOS/vm-disks", "content": "images"},
        "quickOS-lxc-persistent-data": {
            **folder, "path": "/quickOS/lxc-persistent-data", "content": "images,rootdir"
        },
        "fastData-shared-iso": {**folder, "path": "/fastData/shared-iso", "content": "import,iso,vztmpl"},
        "fastData-shared-bulk-data": {**folder, "path": "/fastData/shared-bulk-data", "content": "images,rootdir"},
    }  # fmt: skip
    for store in pve.storages.values():
        store["files"] = set()
        store["volumes"] = {}
    pve.storages["fastData-shared-iso"]["volumes"] = {
        TEMPLATE: {"content": "vztmpl", "size": 141 * 1024**2, "ctime": now, "format": "tzst"},
        IMAGE: {"content": "import", "size": IMAGE_SIZE, "ctime": now, "format": "qcow2"},
    }


def surround(pve: NodeApi) -> None:
    """Give the cluster another node, with a guest of its own."""
    pve.nodes[OTHER_NODE] = {"online": True}
    if pve.guest(ELSEWHERE) is None:
        pve.cts.append(FakeCt(ELSEWHERE, "elsewhere", node=OTHER_NODE))


def admit(pve: NodeApi, secret: Path = Path("/etc/lab/token")) -> None:
    """Let the operator's API token in, and switch on the checks that a real node makes of tokens."""
    pve.apitokens[TOKEN] = secret.read_text().strip()
    # Without a single grant fakepve lets everybody do everything.
    pve.grant("root@pam", "/", "Sys.Modify")
