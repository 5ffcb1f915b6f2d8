"""The engine and its `daemon.json`, either of which may have been there before, with containers that run."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phoenix.clients.shell import Shell
from phoenix.features.part import APT_SECONDS, INSTALL, Part

DAEMON = "/etc/docker/daemon.json"
_HAS = """jq -e --argjson want {want} '. as $have | . * $want == $have' {path} >/dev/null 2>&1"""
# options of one logging driver are an error of another: where others have chosen one, it stays
_LOGS_ELSEWHERE = """jq -e '."log-driver" // "json-file" | . != "json-file"' {path} >/dev/null 2>&1"""
_ENGINE = """
if command -v "$1" >/dev/null; then
  echo "$1 is there, and no unit docker.service (a Snap?): give it one, or take it away; none was removed" >&2
  exit 1
fi
shift
"""
_SET = """
mkdir -p "$(dirname "$1")"
[ -s "$1" ] || echo '{}' > "$1"
jq --argjson want "$2" '. * $want' "$1" > "$1.new"
chmod 0644 "$1.new"; mv -fT "$1.new" "$1"
"""


@dataclass(frozen=True)
class Engine(Part):
    """Docker: the one that is there (docker-ce, moby), or the distribution's where there is none."""

    daemon: str = "dockerd"

    @property
    def label(self) -> str:
        return "Docker's engine"

    def check(self) -> str:
        return f"command -v {self.daemon} >/dev/null && systemctl cat docker.service >/dev/null 2>&1"

    def apply(self, shell: Shell) -> None:
        shell.script(_ENGINE + INSTALL, self.daemon, "docker.io", timeout=APT_SECONDS)


@dataclass(frozen=True)
class Setting(Part):
    """Some keys of `daemon.json`, beside whatever else stands there."""

    name: str
    keys: Mapping[str, object]
    path: str = DAEMON

    @property
    def label(self) -> str:
        return f"{self.name} of Docker"

    def check(self) -> str:
        has = _HAS.format(want=shlex.quote(json.dumps(self.keys)), path=shlex.quote(self.path))
        if "log-driver" not in self.keys:
            return has
        return f"{has} || {_LOGS_ELSEWHERE.format(path=shlex.quote(self.path))}"

    def apply(self, shell: Shell) -> None:
        shell.script(_SET, self.path, json.dumps(self.keys))

    def undo(self) -> str:
        path, gone = (
            shlex.quote(self.path),
            shlex.quote(f"del({', '.join(f'.{json.dumps(key)}' for key in self.keys)})"),
        )
        return f"[ ! -s {path} ] || {{ jq {gone} {path} > {path}.new && mv -fT {path}.new {path}; }}"


def settings(log_megabytes: int, dns: Sequence[str], mirror: str) -> list[Setting]:
    """Those that a member of the Swarm has."""
    log = {"log-driver": "json-file", "log-opts": {"max-size": f"{log_megabytes}m", "max-file": "3"}}
    return [
        Setting("logs", log),
        *([Setting("name servers", {"dns": list(dns)})] if dns else []),
        *([Setting("registry mirror", {"registry-mirrors": [mirror]})] if mirror else []),
    ]
