"""Many commands as one: a script for `sh` that runs each by itself, and the answers that it prints.

The script comes by standard input, so that it may be as long as it likes and stands in no list of processes:

    HEADER
    each 'WORD' 'WORD'...
    each 'WORD'...

For each command it prints one line: its standard output in base64, a space, and in base64 its standard error with
the exit code after it. A command has no input, and none sees another's directory, variables or traps.
"""

import base64
import shlex
from collections.abc import Sequence

from phoenix.clients.ssh import Completed

HEADER = """each() {
  { said=$( { { ( "$@" ) </dev/null 3>&-; printf '\\n%s' "$?" >&2; } | base64 -w0 >&3; } 2>&1 ); } 3>&1
  printf ' %s\\n' "$(printf %s "$said" | base64 -w0)"
}
"""


def script(commands: Sequence[Sequence[str]]) -> bytes:
    """What `sh` reads to run every one of them, in this order."""
    return (HEADER + "".join(f"each {shlex.join(words)}\n" for words in commands)).encode()


def answers(output: bytes, count: int) -> list[Completed]:
    """What each of `count` commands left behind; raises ValueError when `output` is not the whole of their answers."""
    lines = output.splitlines()
    if len(lines) != count:
        raise ValueError(f"{len(lines)} answers to {count} commands")
    return [_completed(line) for line in lines]


def _completed(line: bytes) -> Completed:
    stdout, said = (base64.b64decode(word, validate=True) for word in line.split(b" "))
    stderr, _, code = said.rpartition(b"\n")
    return Completed(int(code), stdout, stderr)
