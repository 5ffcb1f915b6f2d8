"""A systemd unit as a part of a feature: enabled, running, and not older than the files it was started from."""

import shlex
from dataclasses import dataclass

from phoenix.clients.files import write
from phoenix.clients.shell import Shell
from phoenix.features.part import File, Part

_STARTED = "systemctl show --timestamp=unix -P ActiveEnterTimestamp"
_ENABLE = """
systemctl daemon-reload
systemctl enable -q "$1"
"""
_START = """
unit=$1; needs=$2
if [ -n "$needs" ] && [ ! -e "$needs" ]; then exit 0; fi
if ! systemctl restart "$unit"; then journalctl -q -u "$unit" -n 5 -o cat >&2; exit 1; fi
"""


@dataclass(frozen=True)
class Unit(Part):
    """A service unit: `content` is its file (None for one that a package brings).

    It is restarted when one of `files` is younger than the running process. Where `needs` names a file that is not
    there yet (a certificate delivered later), the unit is enabled but need not run.
    """

    name: str
    content: str | None = None
    files: tuple[str, ...] = ()
    needs: str = ""
    reacts = True

    @property
    def label(self) -> str:
        return f"unit {self.name}"

    @property
    def _file(self) -> File | None:
        if self.content is None:
            return None
        return File(f"/etc/systemd/system/{self.name}.service", self.content)

    def check(self) -> str:
        unit = shlex.quote(self.name)
        running = f"systemctl is-active -q {unit}"
        files = shlex.join([*([self._file.path] if self._file else []), *self.files])
        if files:
            # seconds are what both clocks share; a file written in the second of the start was there before it
            running += (
                f" && started=$({_STARTED} {unit}) && for f in {files}; do "
                f'[ ! -e "$f" ] || [ "$(stat -L -c %Y "$f")" -le "${{started#@}}" ] || exit 1; done'
            )
        if self.needs:
            running = f"{{ [ ! -e {shlex.quote(self.needs)} ] || {{ {running}; }}; }}"
        checks = [self._file.check()] if self._file else []
        return " && ".join([*checks, f"systemctl is-enabled -q {unit} 2>/dev/null", running])

    def apply(self, shell: Shell) -> None:
        # applied again after every other part, so it looks first
        if shell.run(["sh", "-uc", self.check()], check=False).exit_code == 0:
            return
        if self._file and shell.run(["sh", "-uc", self._file.check()], check=False).exit_code != 0:
            write(shell, self._file.path, self._file.content.encode())
        shell.script(_ENABLE, self.name)
        # one that was only disabled runs on: with Docker all containers would stop
        if shell.run(["sh", "-uc", self.check()], check=False).exit_code != 0:
            shell.script(_START, self.name, self.needs, timeout=120.0)

    def undo(self) -> str:
        # a package's unit is only switched off, ours is taken away
        stop = f"systemctl disable -q --now {shlex.quote(self.name)} 2>/dev/null || true"
        return f"{stop}; {self._file.undo()}; systemctl daemon-reload" if self._file else stop
