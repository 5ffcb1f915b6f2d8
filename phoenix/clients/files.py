"""Files on a target, read and replaced through its shell; a reader never sees half a file."""

import hashlib
from dataclasses import dataclass

from phoenix.clients.shell import Shell

_STAT = """
if [ -L "$1" ] || [ -f "$1" ]; then
  stat -L -c '%a %U %G' "$1"; sha256sum < "$1"
elif [ -e "$1" ]; then echo other; fi
"""
_WRITE = """
umask 077
mkdir -p "$(dirname "$1")"
new=$(mktemp "$1.XXXXXX")
trap 'rm -f "$new"' EXIT
cat > "$new"
chown "$2" "$new"; chmod "$3" "$new"
sync "$new" 2>/dev/null || true
mv -fT "$new" "$1"
"""


@dataclass(frozen=True)
class FileState:
    """A regular file's digest (hex SHA-256), owner (`user:group`) and mode (octal digits, four)."""

    sha256: str
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


def write(shell: Shell, path: str, content: bytes, *, owner: str = "root:root", mode: str = "0644") -> None:
    """Replaces `path` atomically (written beside, then renamed); the content goes by standard input only."""
    shell.run(["sh", "-euc", _WRITE, "sh", path, owner, mode], stdin=content)


def remove(shell: Shell, path: str) -> None:
    """Removes the file; already gone is success."""
    shell.run(["rm", "-f", "--", path])
