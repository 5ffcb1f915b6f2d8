"""Files on a target, read and replaced through its shell; a reader never sees half a file."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from phoenix.clients.shell import Shell

BOUND = 256 * 1024
"""Bytes: a larger file's content is not carried over, only its digest."""

WHOLE = 4 * 1024 * 1024
"""The bound for files of which only a part is ours; the cluster file system holds none that is larger."""

_STAT = """
if [ -L "$1" ] || [ -f "$1" ]; then
  stat -L -c '%a %U %G' "$1"; sha256sum < "$1"
elif [ -e "$1" ]; then echo other; fi
"""
# the directory comes before the umask: whoever may read the file must get to it; input that was cut is no input
_WRITE = """
mkdir -p "$(dirname "$1")"
umask 077
new=$(mktemp "$1.XXXXXX")
trap 'rm -f "$new"' EXIT
cat > "$new"
[ "$(stat -c %s "$new")" -eq "$4" ] || { echo "only part of the $4 bytes arrived" >&2; exit 74; }
chown "$2" "$new"; chmod "$3" "$new"
sync "$new" 2>/dev/null || true
mv -fT "$new" "$1"
"""
# a line a file: path (base64), mode, owner, size, content (base64) or its digest
_SHOW = """
show() {
  [ -f "$1" ] || return 0
  size=$(stat -L -c %s "$1")
  printf '%s ' "$(printf %s "$1" | base64 -w0)" "$(stat -L -c '%a %U:%G' "$1")" "$size"
  if [ "$size" -le "$bound" ]; then base64 -w0 < "$1"; else sha256sum < "$1" | cut -d' ' -f1; fi
  echo
}
bound=$1; shift
"""
_SHOW_ALL = _SHOW + 'for path in "$@"; do show "$path"; done'
_SHOW_FOLDER = _SHOW + 'for path in "$1"/*; do show "$path"; done'
_SHOW_TREE = _SHOW + 'if [ -d "$1" ]; then find "$1" -type f | sort | while read -r path; do show "$path"; done; fi'


@dataclass(frozen=True)
class FileState:
    """A regular file's digest (hex SHA-256), owner (`user:group`) and mode (octal digits, four)."""

    sha256: str
    owner: str
    mode: str


@dataclass(frozen=True)
class LiveFile:
    """A file as it is: its text, or where it is larger than BOUND a line that names size and digest."""

    content: str
    owner: str
    mode: str


def digest(content: bytes) -> str:
    """Hex SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()


def stat(shell: Shell, path: str) -> FileState | None:
    """The file at `path`, None when there is none; raises as Shell.run does."""
    words = shell.script(_STAT, path).text.split()
    if not words or words[0] == "other":
        return None
    mode, user, group, sha256 = words[:4]
    return FileState(sha256, f"{user}:{group}", mode.zfill(4))


def read(shell: Shell, path: str) -> bytes | None:
    """The file's content, None when there is none."""
    done = shell.run(["sh", "-euc", '[ -f "$1" ] || exit 44; cat "$1"', "sh", path], check=False)
    if done.exit_code == 44:
        return None
    if done.exit_code != 0:
        shell.run(["cat", path])
    return done.stdout


def show_all(paths: Sequence[str], bound: int = BOUND) -> list[str]:
    """The command that shows those of `paths` that are files, for `shown`."""
    return ["sh", "-euc", _SHOW_ALL, "sh", str(bound), *paths]


def show_folder(directory: str) -> list[str]:
    """The command that shows the files right in `directory`, hidden ones not, for `shown`."""
    return ["sh", "-euc", _SHOW_FOLDER, "sh", str(BOUND), directory.rstrip("/")]


def read_tree(shell: Shell, directory: str) -> dict[str, LiveFile]:
    """Every file below `directory` by its whole path; nothing when there is no such directory."""
    return shown(shell.script(_SHOW_TREE, str(BOUND), directory).text)


def write(shell: Shell, path: str, content: bytes, *, owner: str = "root:root", mode: str = "0644") -> None:
    """Replaces `path` atomically (written beside, then renamed); the content goes by standard input only."""
    shell.run(["sh", "-euc", _WRITE, "sh", path, owner, mode, str(len(content))], stdin=content)


def remove(shell: Shell, path: str) -> None:
    """Removes the file; already gone is success."""
    shell.run(["rm", "-f", "--", path])


def shown(text: str, bound: int = BOUND) -> dict[str, LiveFile]:
    """The files by their paths, from what `show_all` has said with that bound."""
    found: dict[str, LiveFile] = {}
    for path, mode, owner, size, content in _lines(text):
        if size > bound:
            text_of = f"({size} bytes, SHA-256 {content})"
        else:
            text_of = base64.b64decode(content).decode(errors="replace")
        found[path] = LiveFile(text_of, owner, mode.zfill(4))
    return found


def contents(text: str) -> dict[str, bytes]:
    """The files' bytes by their paths, from what `show_all` has said; none may be larger than its bound."""
    return {path: base64.b64decode(content, validate=True) for path, _, _, _, content in _lines(text)}


def _lines(text: str) -> Iterator[tuple[str, str, str, int, str]]:
    for line in text.splitlines():
        # an empty file has no fifth word
        path, mode, owner, size, *content = line.split(" ")
        yield base64.b64decode(path).decode(), mode, owner, int(size), content[0] if content else ""
