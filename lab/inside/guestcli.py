"""What ``pct`` and ``qm`` have in common: each subcommand is one call of the API."""

import sys
from typing import Any

from lab.inside.call import NODE, CallError, call, finish, options, show

# subcommand: method, path below the guest, names of further positional words
CALLS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "start": ("POST", "/status/start", ()),
    "stop": ("POST", "/status/stop", ()),
    "shutdown": ("POST", "/status/shutdown", ()),
    "reboot": ("POST", "/status/reboot", ()),
    "set": ("PUT", "/config", ()),
    "clone": ("POST", "/clone", ("newid",)),
    "destroy": ("DELETE", "", ()),
    "template": ("POST", "/template", ()),
    "resize": ("PUT", "/resize", ("disk", "size")),
    "snapshot": ("POST", "/snapshot", ("snapname",)),
    "rollback": ("POST", "/snapshot/{snapname}/rollback", ("snapname",)),
    "delsnapshot": ("DELETE", "/snapshot/{snapname}", ("snapname",)),
}


def run(kind: str, words: list[str]) -> int:
    """Do one of the subcommands that both commands know. ``kind`` is ``lxc`` or ``qemu``.

    :raises CallError: unknown subcommand, or the API refuses.
    """
    name, (positional, params) = words[0], options(words[1:])
    if name == "list":
        return _list(kind)
    if not positional:
        raise CallError("400 not enough arguments")
    guest = f"{NODE}/{kind}/{positional.pop(0)}"
    if name in CALLS:
        method, path, names = CALLS[name]
        if len(positional) != len(names):
            raise CallError("400 wrong number of arguments")
        given: dict[str, Any] = dict(zip(names, positional, strict=True))
        for key in [key for key in given if f"{{{key}}}" in path]:
            path = path.replace(f"{{{key}}}", given.pop(key))
        finish(call(method, guest + path, {**params, **given}))
        return 0
    if name == "status":
        print(f"status: {call('GET', f'{guest}/status/current')['status']}")
    elif name == "config":
        show(call("GET", f"{guest}/config", params))
    elif name == "pending":
        for item in call("GET", f"{guest}/pending"):
            word = "del" if item.get("delete") else "new" if "pending" in item else "cur"
            print(f"{word} {item['key']}: {item.get('pending', item.get('value', ''))}")
    elif name == "listsnapshot":
        for item in call("GET", f"{guest}/snapshot"):
            print(f"`-> {item['name']:<25} {item.get('snaptime', '')} {item.get('description', '')}")
    else:
        raise CallError(f"ERROR: unknown command '{' '.join([sys.argv[0].rpartition('/')[2], name])}'")
    return 0


def _list(kind: str) -> int:
    guests = sorted(call("GET", f"{NODE}/{kind}"), key=lambda guest: int(guest["vmid"]))
    if kind == "lxc" and guests:
        print(f"{'VMID':<10} {'Status':<10} {'Lock':<12} Name")
        for guest in guests:
            print(f"{guest['vmid']:<10} {guest['status']:<10} {guest.get('lock', ''):<12} {guest['name']}")
    elif guests:
        print(f"{'VMID':>10} {'NAME':<20} {'STATUS':<10} {'MEM(MB)':<10} {'BOOTDISK(GB)':>12} PID")
        for guest in guests:
            memory, disk = guest["maxmem"] // 1048576, guest.get("maxdisk", 0) / 1024**3
            head = f"{guest['vmid']:>10} {guest['name']:<20} {guest['status']:<10}"
            print(f"{head} {memory:<10} {disk:>12.2f} {guest.get('pid', 0)}")
    return 0
