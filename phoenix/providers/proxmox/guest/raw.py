"""The raw `lxc.*` lines of a container's configuration file, which the API cannot write. The editing is pure.

https://pve.proxmox.com/pve-docs/pct.1.html#pct_configuration
"""

import re
from collections.abc import Collection, Sequence

from phoenix.clients import files
from phoenix.clients.shell import Shell
from phoenix.specs.guest import IdMap, LxcSpec
from phoenix.vocabulary import id_map_lines

CONFIG = "/etc/pve/lxc/{vmid}.conf"
LOCK = "/run/lock/lxc/pve-config-{vmid}.lock"
_LINE = re.compile(r"^(lxc\.[a-z0-9_.-]+)\s*[:=]\s*(.*?)\s*$")
# keys of which each line counts, by lxc.container.conf(5)
_REPEATED = re.compile(r"lxc\.(mount\.|cgroup2?\.|cap\.|environment|hook\.|include|group|net\.)")
_ATTEMPTS = 5
# compared and renamed under Proxmox's own lock; pmxcfs takes no other owner and mode than these
_REPLACE = """
mkdir -p "$(dirname "$2")"
exec 9> "$2"
flock -w 10 9
[ "$(sha256sum < "$1" | cut -d' ' -f1)" = "$3" ] || exit 75
cat > "$1.tmp.$$"
mv -fT "$1.tmp.$$" "$1"
"""
_UNLOCK = "wait until the task that holds the lock has ended, then run again; if none does, `pct unlock` it"
_ALLOW = 'grep -qxF "$2" "$1" 2>/dev/null || printf "%s\\n" "$2" >> "$1"'


def raw_lines(text: str) -> tuple[str, ...]:
    """The `lxc.*` lines of the file's current configuration (not its snapshots'), as `key: value`."""
    return tuple(_canonical(line) for line in _current(text)[0] if _LINE.match(line))


def replaced(text: str, lines: Sequence[str], dropped: Collection[str]) -> str:
    """The file with `lines` behind its current raw lines, less those `dropped`; every other line stays as it is."""
    current, rest = _current(text)
    kept = [line for line in current if not (_LINE.match(line) and _canonical(line) in dropped)]
    while kept and not kept[-1].strip():
        kept.pop()
    gap = [""] if rest else []
    return "\n".join([*kept, *map(_canonical, lines), *gap, *rest]) + "\n"


def merged(text: str, desired: LxcSpec, gone: Collection[str] = ()) -> str:
    """The file with the desired raw lines; others stay, but for those `gone` and another value of the same key."""
    wanted = wanted_lines(desired)
    once = {_key(line) for line in wanted if not _REPEATED.match(line)}
    again = {line for line in raw_lines(text) if line in wanted or _key(line) in once}
    return replaced(text, wanted, again.union(gone))


def released(text: str, recorded: LxcSpec, desired: LxcSpec) -> tuple[str, ...]:
    """The lines of the file which the last run recorded, and the configuration no longer has."""
    maps = recorded.id_maps and not desired.id_maps
    gone = set(map(_canonical, recorded.options)) - set(map(_canonical, desired.options))
    return tuple(line for line in raw_lines(text) if line in gone or (maps and line.startswith("lxc.idmap:")))


def wanted_lines(desired: LxcSpec) -> tuple[str, ...]:
    """The raw lines that `id_maps` and `options` stand for."""
    return (*idmap_lines(desired.id_maps), *map(_canonical, desired.options))


def idmap_lines(maps: Sequence[IdMap]) -> tuple[str, ...]:
    """A whole ID map: the given ranges as they are, all around them shifted by 100000; none without `maps`."""
    return id_map_lines.lines((each.type, each.container_id, each.host_id, each.size) for each in maps)


def parsed_idmaps(lines: Sequence[str]) -> tuple[IdMap, ...]:
    """The ranges of `lxc.idmap` lines that are not shifted by 100000."""
    return tuple(
        IdMap.model_construct(type=kind, container_id=first, host_id=host, size=size)
        for kind, first, host, size in id_map_lines.ranges(lines)
    )


def observed(text: str, desired: LxcSpec) -> LxcSpec:
    """`desired` with those of its options that are in effect by a configuration file, and its ID maps.

    Without desired ID maps the file's are left alone.
    """
    lines = raw_lines(text)
    maps = tuple(line for line in lines if line.startswith("lxc.idmap:"))
    same_maps = not desired.id_maps or sorted(maps) == sorted(idmap_lines(desired.id_maps))
    wanted = set(map(_canonical, desired.options))
    # of a key that counts once, another line may be the one that does
    beside = {_key(line) for line in lines if line not in wanted and not _REPEATED.match(line)}
    effective = {line for line in wanted & set(lines) if _key(line) not in beside}
    return desired.model_copy(
        update={
            "id_maps": desired.id_maps if same_maps else parsed_idmaps(maps),
            "options": tuple(option for option in desired.options if _canonical(option) in effective),
        }
    )


def read(shell: Shell, vmid: int) -> str:
    """The container's configuration file on its node, empty when there is none."""
    return (files.read(shell, CONFIG.format(vmid=vmid)) or b"").decode()


def write(shell: Shell, desired: LxcSpec, gone: Collection[str] = ()) -> None:
    """Puts the desired raw lines into the file in place of those `gone`, and lets root map the IDs they name.

    Raises OperationError.
    """
    config, lock_file = CONFIG.format(vmid=desired.vmid), LOCK.format(vmid=desired.vmid)
    for entry in desired.id_maps:
        allowed = f"root:{entry.host_id}:{entry.size}"
        shell.script(_ALLOW, f"/etc/sub{entry.type}", allowed)
    for _ in range(_ATTEMPTS):
        before = read(shell, desired.vmid)
        if lock := next((line for line in _current(before)[0] if line.startswith("lock:")), ""):
            # Proxmox's own words: what holds that lock counts on the file as it is
            raise desired.failure(f"write raw lines into {config}", f"CT is locked ({lock[5:].strip()})", _UNLOCK)
        after = merged(before, desired, gone).encode()
        argv = ["sh", "-euc", _REPLACE, "sh", config, lock_file, files.digest(before.encode())]
        done = shell.run(argv, stdin=after, check=False)
        if done.exit_code == 0:
            return
        if done.exit_code != 75:
            break
    cause = done.complaint if done.exit_code != 75 else "the file was changed by somebody else meanwhile"
    raise desired.failure(
        f"write raw lines into {config}", cause, "see that root can write there over SSH, and run again"
    )


def _canonical(line: str) -> str:
    match = _LINE.match(line)
    return f"{match[1]}: {match[2]}" if match else line


def _key(line: str) -> str:
    return line.partition(":")[0]


def _current(text: str) -> tuple[list[str], list[str]]:
    lines = text.splitlines()
    end = next((number for number, line in enumerate(lines) if line.startswith("[")), len(lines))
    return lines[:end], lines[end:]
