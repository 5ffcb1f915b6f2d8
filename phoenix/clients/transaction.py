"""Several files of a target replaced together, with a way back until the daemon that reads them agrees.

New content is staged beside each file, then renamed; what was there before is kept under /var/lib/phoenix. A marker
lies there from the first rename until `close`: a run that was interrupted in between is told by `is_open`, and the
version to go back to is still the last one that was confirmed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phoenix.clients.archive import Member, packed
from phoenix.clients.shell import Shell

STATE = "/var/lib/phoenix/file-sets"
UNMANAGED = "-"

_STAGE = """
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
tar -xf - -C "$work" --no-same-owner
number=0
while [ $# -gt 0 ]; do
  mkdir -p "$(dirname "$1")"
  cat "$work/$number" > "$1.phoenix-new"
  [ "$2" = - ] || chown "$2" "$1.phoenix-new"
  [ "$3" = - ] || chmod "$3" "$1.phoenix-new"
  number=$((number+1)); shift 3
done
"""
_COMMIT = """
state=$1; shift
if [ ! -e "$state/open" ]; then
  rm -rf "$state"; mkdir -p "$state/previous"; chmod 0700 "$state"; : > "$state/open"
fi
keep() {
  kept="$state/previous$1"
  if [ -e "$kept" ] || [ -L "$kept" ] || [ -e "$kept.absent" ]; then return 0; fi
  mkdir -p "$(dirname "$kept")"
  if [ -e "$1" ] || [ -L "$1" ]; then cp -a "$1" "$kept"; else : > "$kept.absent"; fi
}
while [ $# -gt 0 ]; do
  keep "$2"
  case $1 in put) mv -fT "$2.phoenix-new" "$2" ;; drop) rm -f "$2" ;; esac
  shift 2
done
"""
# where owner and mode cannot be set (the cluster file system), the content alone goes back
_BACK = """
cd "$1/previous"
find . ! -type d | while read -r kept; do
  path=${kept#.}
  case $path in
    *.absent) rm -f "${path%.absent}" ;;
    *) rm -f "$path.phoenix-new"
       cp -a "$kept" "$path.phoenix-new" 2>/dev/null || cat "$kept" > "$path.phoenix-new"
       mv -fT "$path.phoenix-new" "$path" ;;
  esac
done
"""


@dataclass(frozen=True)
class NewFile:
    """Content with owner and mode; where these are empty the file system decides."""

    content: bytes
    owner: str
    mode: str


class Transaction:
    """Replacing the files of the set `name` on one target."""

    def __init__(self, shell: Shell, name: str) -> None:
        self._shell = shell
        self._state = f"{STATE}/{name}"

    def stage(self, files: Mapping[str, NewFile]) -> None:
        """Writes each file beside its place; raises as Shell.run does."""
        words = [
            word for path, file in files.items() for word in (path, file.owner or UNMANAGED, file.mode or UNMANAGED)
        ]
        members = {str(number): Member(file.content, "0600") for number, file in enumerate(files.values())}
        self._shell.run(["sh", "-euc", _STAGE, "sh", *words], stdin=packed(members))

    def commit(self, put: Sequence[str], drop: Sequence[str]) -> None:
        """Renames the staged files of `put` into place and removes those of `drop`; opens the transaction."""
        words = [word for path in put for word in ("put", path)] + [word for path in drop for word in ("drop", path)]
        self._shell.script(_COMMIT, self._state, *words)

    def back(self) -> None:
        """Puts back what was there before the transaction was opened."""
        self._shell.script(_BACK, self._state)

    def close(self) -> None:
        """What lies there now is the version to keep."""
        self._shell.run(["rm", "-f", "--", f"{self._state}/open"])

    def is_open(self) -> bool:
        """Whether a commit was neither confirmed nor taken back."""
        return self._shell.run(self.asks_if_open, check=False).exit_code == 0

    @property
    def asks_if_open(self) -> list[str]:
        """The command that succeeds when it is open."""
        return ["test", "-e", f"{self._state}/open"]
