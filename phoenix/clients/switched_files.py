"""Sets of files that belong together (a certificate and its key), replaced as one.

    STORE/versions/<version>.<random>/{cert.pem,key.pem,...}
    STORE/current  -> versions/...      one rename switches every file of the set
    STORE/previous -> versions/...      the set before, to go back to
    LINK           -> STORE/current/cert.pem

A reader that enters `current` once (`cd -P`) never sees files of two versions; one that opens two links can, in the
instant of the switch, which is why whoever uses the files is told to read them again after it.
"""

import posixpath
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phoenix.clients.archive import Member, packed, unpacked
from phoenix.clients.shell import Shell

PENDING = "pending"
"""A file in the store as long as nobody has been told of the current version."""

# removes every version that is neither the current nor the previous one
_SWEEP = """
for one in "$store"/versions/*; do
  case "versions/${one##*/}" in
    "$(readlink "$store/current")"|"$(readlink "$store/previous" || true)") ;;
    *) rm -rf "$one" ;;
  esac
done
"""
# arguments: store, version, owner, directory mode, pending (yes/no), files that come, files kept from before, then link
# and target ...
_INSTALL = """
store=$1 version=$2 owner=$3 mode=$4 pending=$5 sent=$6 kept=$7; shift 7
umask 022
mkdir -p "$store"; chmod "$mode" "$store"; chown "$owner" "$store"
mkdir -p "$store/versions"; chmod "$mode" "$store/versions"; chown "$owner" "$store/versions"
umask 077
new=$(mktemp -d "$store/versions/$version.XXXXXX")
trap 'rm -rf "$new"; rm -f "$store/.new.$$"' EXIT
tar -x -p --no-same-owner -C "$new" -f -
# to tar an archive that was cut between two files is a whole one
for name in $sent; do [ -f "$new/$name" ] || { echo "$name did not arrive: the input was cut" >&2; exit 74; }; done
for name in $kept; do cp -pL "$store/$name" "$new/$name"; done
chmod "$mode" "$new"; chown -R "$owner" "$new"; sync "$new"/* 2>/dev/null || true
point() { ln -s "$1" "$store/.new.$$"; mv -fT "$store/.new.$$" "$2"; }
if [ ! -e "$store/current" ]; then
  # plain files from before become a version of their own, so that even the first switch is one rename
  old="$store/versions/before"; rm -rf "$old"; mkdir "$old"; found=no
  remaining=$#
  while [ "$remaining" -gt 0 ]; do
    link=$1 target=$2; shift 2; set -- "$@" "$link" "$target"; remaining=$((remaining - 2))
    if [ -f "$link" ]; then cp -pL "$link" "$old/${target##*/}"; found=yes; fi
  done
  if [ "$found" = yes ]; then chmod "$mode" "$old"; chown "$owner" "$old"; point versions/before "$store/current"
  else rm -rf "$old"; fi
fi
[ "$pending" = no ] || : > "$store/pending"
link_all() {
  while [ $# -gt 0 ]; do
    if [ "$(readlink "$1" || true)" != "$2" ]; then
      (umask 022; mkdir -p "${1%/*}"); rm -f "$1.new.$$"; ln -s "$2" "$1.new.$$"; mv -fT "$1.new.$$" "$1"
    fi
    shift 2
  done
}
old=$(readlink "$store/current" || true)
[ -z "$old" ] || { link_all "$@"; point "$old" "$store/previous"; }
point "versions/${new##*/}" "$store/current"
trap 'rm -f "$store/.new.$$"' EXIT
link_all "$@"
: > "$store/links"
while [ $# -gt 0 ]; do printf '%s\\n' "$1" >> "$store/links"; shift 2; done
[ "$pending" = yes ] || rm -f "$store/pending"
"""
_ROLL_BACK = """
cd "$1"
old=$(readlink previous) || exit 44
[ -d "$old" ] || exit 44
rm -f .new; ln -s "$old" .new; mv -fT .new current; rm -f previous pending
"""
_REMOVE = """
store=$1; shift
drop() {
  # a link that leads elsewhere is somebody else's by now
  case "$(readlink -m -- "$1")" in "$(readlink -m -- "$store")"/*) ;; *) [ ! -L "$1" ] || return 0 ;; esac
  rm -f -- "$1"
}
moved=no
for link; do
  # a set that has moved meanwhile keeps its store, and the links that it has now
  if [ -f "$store/links" ] && ! grep -qxF -e "$link" "$store/links"; then moved=yes; drop "$link"; fi
done
[ "$moved" = no ] || exit 0
for link; do drop "$link"; done
[ -d "$store" ] || exit 0
cd "$store"; rm -rf current previous pending links versions
cd /; rmdir "$store" 2>/dev/null || true
"""
# arguments: store, a file of elsewhere or none, then names
_READ = """
cd "$1"; beside=$2; shift 2
# links that were replaced by plain files count as what they now are
if [ -L "$1" ] && [ -d current ]; then cd -P current; fi
[ ! -f "$beside" ] || set -- "$@" "$beside"
exec tar -c -h -P -f - "$@"
"""


@dataclass(frozen=True)
class Place:
    """Where a set lives: its store, who owns it, the store's mode (octal digits), and the links that lead to files."""

    store: str
    owner: str
    mode: str
    links: Mapping[str, str]
    """From a link's absolute path to the name of a file of the set."""


def install(
    shell: Shell,
    place: Place,
    version: str,
    members: Mapping[str, Member],
    *,
    kept: Sequence[str] = (),
    pending: bool = False,
    then: Sequence[str] = (),
) -> str:
    """Makes `members`, with the files `kept` from the present set, the current set; the contents go by stdin.

    With `pending` the store says so until `settle`: a run that dies before is finished by the next one. `then` is a
    command for afterwards, run by the same shell (entering a guest costs more than all that is done there); returns
    what it wrote.
    """
    links: list[str] = []
    for link, name in place.links.items():
        links += [link, posixpath.relpath(f"{place.store}/current/{name}", posixpath.dirname(link))]
    names = [" ".join(members), " ".join(kept)]
    arguments = [place.store, version, place.owner, place.mode, "yes" if pending else "no", *names, *links]
    script = _INSTALL + _SWEEP + shlex.join(then)
    return shell.run(["sh", "-euc", script, "sh", *arguments], stdin=packed(members)).text


def settle(shell: Shell, store: str, then: Sequence[str] = ()) -> str:
    """Notes that everyone has been told of the current set, and sweeps what runs that died have left.

    `then` as for `install`.
    """
    return shell.script('store=$1; rm -f -- "$store/$2"' + _SWEEP + shlex.join(then), store, PENDING).text


def roll_back(shell: Shell, store: str) -> bool:
    """Makes the previous set the current one again; False when there is none."""
    done = shell.script(_ROLL_BACK, store, check=False)
    return done.exit_code == 0


def read(shell: Shell, store: str, names: Sequence[str], beside: str = "") -> dict[str, bytes]:
    """The named files, all of one version; raises OperationError when one is missing.

    `beside` is the path of one more file, which needs not be there.
    """
    done = shell.script(_READ, store, beside, *names)
    return unpacked(done.stdout)


def remove(shell: Shell, place: Place) -> None:
    """Takes away the links and the store (but not what others put into it); already gone is success."""
    shell.script(_REMOVE, place.store, *place.links)
