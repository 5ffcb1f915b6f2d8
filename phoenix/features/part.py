"""The parts that a feature consists of: each can be checked, applied and (where it is ours alone) undone.

A check is a fragment of POSIX shell that exits 0 when the part is as it should be, looks at the real thing (the
package, the file's digest, the running unit) and changes nothing; the checks of a whole feature run as one command.
"""

import hashlib
import shlex
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from phoenix.clients.files import write
from phoenix.clients.shell import Shell
from phoenix.errors import OperationError

APT_SECONDS = 900.0
# --no-remove: what would have to go for it is not ours to take away
INSTALL = """
export DEBIAN_FRONTEND=noninteractive
options="-o DPkg::Lock::Timeout=120 -o Acquire::http::Timeout=30 -o Dpkg::Options::=--force-confold"
apt() { apt-get -q -y --no-remove $options "$@"; }
if ! ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1; then apt update >&2; fi
apt install --no-install-recommends "$@" >&2 || { apt update >&2; apt install --no-install-recommends "$@" >&2; }
"""


class Part(ABC):
    """One thing of a feature; `label` identifies it in previews, in errors and between two runs."""

    reacts = False
    """Whether it must be looked at again after an earlier part was applied (a unit whose file changed)."""

    @property
    @abstractmethod
    def label(self) -> str:
        """Such as `file /etc/hosts`; unique within the feature, without what may change."""

    @abstractmethod
    def check(self) -> str:
        """The shell fragment that tells whether the part is as it should be."""

    @abstractmethod
    def apply(self, shell: Shell) -> None:
        """Makes it so; doing it twice does no harm. Raises as Shell.run does."""

    def undo(self) -> str:
        """The shell fragment that takes it away, nothing for what others may use as well."""
        return ""


@dataclass(frozen=True)
class Packages(Part):
    """Packages of the distribution, installed and not merely unpacked."""

    names: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"packages {' '.join(self.names)}"

    def check(self) -> str:
        wanted = shlex.join(self.names)
        installed = f"dpkg-query -W -f '${{db:Status-Status}}\\n' {wanted} 2>/dev/null | grep -cx installed"
        return f'[ "$({installed})" -ge {len(self.names)} ]'

    def apply(self, shell: Shell) -> None:
        shell.script(INSTALL, *self.names, timeout=APT_SECONDS)


@dataclass(frozen=True)
class Directory(Part):
    """A directory with its owner and mode; never removed, because what lies in it may not be ours."""

    path: str
    owner: str = "root:root"
    mode: str = "0755"

    @property
    def label(self) -> str:
        return f"directory {self.path}"

    def check(self) -> str:
        wanted = f"{self.mode.lstrip('0')} {self.owner}"
        return f"[ \"$(stat -c '%a %U:%G' {shlex.quote(self.path)} 2>/dev/null)\" = {shlex.quote(wanted)} ]"

    def apply(self, shell: Shell) -> None:
        script = 'mkdir -p "$1"; chown "$2" "$1"; chmod "$3" "$1"'
        shell.script(script, self.path, self.owner, self.mode)


@dataclass(frozen=True)
class File(Part):
    """A file with exactly this content, owner and mode; no secrets, its digest stands in a command line."""

    path: str
    content: str
    owner: str = "root:root"
    mode: str = "0644"

    @property
    def label(self) -> str:
        return f"file {self.path}"

    def check(self) -> str:
        path, digest = shlex.quote(self.path), hashlib.sha256(self.content.encode()).hexdigest()
        meta = shlex.quote(f"{self.mode.lstrip('0')} {self.owner}")
        return (
            f"[ \"$(stat -L -c '%a %U:%G' {path} 2>/dev/null)\" = {meta} ] && "
            f"echo '{digest}  '{path} | sha256sum -c --status 2>/dev/null"
        )

    def apply(self, shell: Shell) -> None:
        write(shell, self.path, self.content.encode(), owner=self.owner, mode=self.mode)

    def undo(self) -> str:
        return f"rm -f {shlex.quote(self.path)}"


@dataclass(frozen=True)
class Script(Part):
    """A state that a command tells and another one makes; `args` are their positional parameters."""

    name: str
    test: str
    make: str
    args: tuple[str, ...] = ()
    timeout: float = 60.0
    unmake: str = ""

    @property
    def label(self) -> str:
        return self.name

    def check(self) -> str:
        return f"set -- {shlex.join(self.args)}; {self.test}" if self.args else self.test

    def apply(self, shell: Shell) -> None:
        shell.script(self.make, *self.args, timeout=self.timeout)

    def undo(self) -> str:
        return self.unmake


@dataclass(frozen=True)
class Health(Part):
    """Something that must answer: `probe` is polled for at most `seconds`; `unit` names whose log tells why not."""

    name: str
    probe: Sequence[str]
    unit: str
    seconds: int = 30
    reacts = True

    @property
    def label(self) -> str:
        return f"health of {self.name}"

    def check(self) -> str:
        return f"timeout 5 {shlex.join(self.probe)} >/dev/null 2>&1"

    def apply(self, shell: Shell) -> None:
        poll = (
            'end=$(($(date +%s)+$1)); unit=$2; shift 2; until said=$(timeout 5 "$@" 2>&1); do '
            '[ "$(date +%s)" -lt "$end" ] || { echo "$said" >&2; journalctl -q -u "$unit" -n 5 -o cat >&2; exit 1; }; '
            "sleep 0.1; done"
        )
        done = shell.run(
            ["sh", "-uc", poll, "sh", str(self.seconds), self.unit, *self.probe],
            timeout=self.seconds + 15.0,
            check=False,
        )
        if done.exit_code != 0:
            raise OperationError(
                resource=str(shell),
                operation=f"wait {self.seconds} s for {self.name}",
                host=shell.target.node,
                cause=done.complaint,
                next_step=f"look at `journalctl -u {self.unit}` on {shell}, then run again",
            )


def get(url: str, *more: str) -> tuple[str, ...]:
    """The argv of a bounded HTTP GET that fails on an error status."""
    return ("curl", "-fsS", "-o", "/dev/null", "--max-time", "4", *more, url)
