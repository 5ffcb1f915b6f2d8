"""What is inside of running guests: units, NFS shares, certificates, and of keys their digests alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from phoenix.clients.shell import open_shell
from phoenix.settings import Settings
from phoenix.specs.inside import NFS_OPTIONS
from phoenix.specs.target import GuestTarget, LxcTarget, VmTarget
from phoenix.vocabulary.property_strings import is_set, split

_LARGEST = 65536
# stores behind links are hidden directories; the distribution's own trust is in /etc/ssl/certs
_SHOW = """
units() { systemctl list-units --type=service --state=active --plain --no-legend --no-pager 2>/dev/null; }
units | awk '{ print "unit", $1 }'
awk '$1 !~ /^#/ && $3 ~ /^nfs/ { print "nfs", $1, $2, $4 }' /etc/fstab 2>/dev/null
find /etc /opt /srv /usr/local -maxdepth 6 \\( -path /etc/ssl/certs -o -name '.?*' \\) -prune -o \\
  \\( -name '*.pem' -o -name '*.crt' -o -name '*.cer' -o -name '*.key' \\) -print 2>/dev/null | while read -r path; do
  [ -f "$path" ] && [ "$(stat -L -c %s "$path")" -le "$1" ] || continue
  meta="$(stat -L -c '%a %U:%G' "$path") $(sha256sum < "$path" | cut -d' ' -f1)"
  if grep -q 'PRIVATE KEY' "$path"; then echo "key $meta - $path"
  elif grep -q 'BEGIN CERTIFICATE' "$path"; then echo "certificate $meta $(base64 -w0 < "$path") $path"; fi
done
"""


@dataclass(frozen=True)
class Held:
    """A file of a certificate (`pem`) or of a key (no `pem`) in a guest."""

    path: str
    mode: str
    owner: str
    sha256: str
    pem: str


@dataclass(frozen=True)
class Inside:
    """What a guest has: active units, shares (`source`, `mount_point`, `as_ours`), files of certificates and keys."""

    units: frozenset[str]
    nfs: tuple[Mapping[str, Any], ...]
    held: tuple[Held, ...]


def target(node: str, vmid: int, data: Mapping[str, Any]) -> GuestTarget | None:
    """How commands get into the guest; None for one that does not run, or that nobody can get into."""
    config: Mapping[str, str] = data["config"]
    if data["status"] != "running":
        return None
    if data["kind"] == "lxc":
        return LxcTarget(node=node, vmid=vmid)
    address = split(config.get("ipconfig0", ""))[1].get("ip", "").partition("/")[0]
    bare, agent = split(config.get("agent", "0"))
    if not address or address == "dhcp" or "ciuser" not in config or not is_set(bare or agent.get("enabled")):
        return None
    return VmTarget(node=node, vmid=vmid, address=address, user=config["ciuser"])


def look(settings: Settings, at: GuestTarget) -> Inside:
    """Raises PhoenixError."""
    lines = open_shell(settings, at).script(_SHOW, str(_LARGEST), timeout=120.0).text.splitlines()
    words = [line.split(" ") for line in lines]
    return Inside(
        units=frozenset(each[1].removesuffix(".service") for each in words if each[0] == "unit"),
        nfs=tuple(_share(each) for each in words if each[0] == "nfs" and len(each) == 4),
        held=tuple(_held(words)),
    )


def _share(words: list[str]) -> Mapping[str, Any]:
    ours = tuple(words[3].split(",")) == NFS_OPTIONS
    return {"source": words[1], "mount_point": words[2], "as_ours": ours}


def _held(words: list[list[str]]) -> Iterator[Held]:
    for each in words:
        if each[0] in ("key", "certificate") and len(each) >= 6:
            kind, mode, owner, sha256, pem, *path = each
            yield Held(" ".join(path), mode.zfill(4), owner, sha256, pem if kind == "certificate" else "")
