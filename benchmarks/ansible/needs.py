"""What Ansible needs in every machine that it manages, brought there before anything is timed, and taken away after.

The lab's guests have no Python. Real ones mostly do, so that this is no part of what is compared. The packages come
from the machine's own Debian, as a second repository beside the lab's.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lab.environment import CHECKOUT
from lab.mirror.download import download
from lab.mirror.repository import write
from lab.place import NODE_ADDRESS, Lab

PACKAGES = ("python3", "python3-apt")
DOCKER = ("python3-docker", "python3-requests")
SECONDS = 600.0
# The packages that come and what they bring are exactly what goes again.
_GUEST = """
set -eu
list=/etc/apt/sources.list.d/ansible.list notes=/var/lib/ansible-packages
export DEBIAN_FRONTEND=noninteractive
names() { dpkg-query -W -f '${Package} ${db:Status-Status}\\n' | sed -n 's/ installed$//p' | sort; }
case $1 in
  come)
    [ ! -e "$list" ] || exit 0
    names > "$notes.before"
    echo "deb [trusted=yes] http://%s:8081/ansible ./" > "$list"
    apt-get -qq update
    shift
    apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" > /dev/null
    names | comm -13 "$notes.before" - > "$notes" ;;
  go)
    [ -e "$list" ] || exit 0
    [ ! -s "$notes" ] || xargs -a "$notes" apt-get -qq -y -o Dpkg::Use-Pty=0 purge > /dev/null
    rm -f "$list" "$notes" "$notes.before" /var/lib/apt/lists/*ansible*
    rm -rf /root/.ansible /home/*/.ansible ;;
esac
"""


def come(lab: Lab, containers: Sequence[int], machines: Sequence[int]) -> None:
    """Install Python in the guests, and the Docker SDK in the machines. Raises CalledProcessError, RuntimeError."""
    room = lab.data / "mirror" / "ansible"
    if not (room / "Release").exists():
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir(parents=True)
        with tempfile.TemporaryDirectory(prefix="phoenix-packages-", dir=lab.state) as work:
            write(download((*PACKAGES, *DOCKER), Path(work)), room)
    _everywhere(["come", *PACKAGES], containers, ["come", *PACKAGES, *DOCKER], machines)
    _node("come", *PACKAGES)


def go(lab: Lab, containers: Sequence[int], machines: Sequence[int]) -> None:
    """Take all of it away again."""
    _everywhere(["go"], containers, ["go"], machines)
    _node("go")
    shutil.rmtree(lab.data / "mirror" / "ansible", ignore_errors=True)


def _everywhere(
    container: Sequence[str], containers: Sequence[int], machine: Sequence[str], machines: Sequence[int]
) -> None:
    for vmid in containers:
        _on_node(f"pct exec {vmid} -- sh -s -- {' '.join(container)}", _script())
    for vmid in machines:
        # the agent's answer is JSON that ends well whatever became of the command
        code = "import json, sys; done = json.load(sys.stdin); sys.exit(done['exitcode'])"
        call = f"qm guest exec {vmid} --timeout 600 --pass-stdin 1 -- sh -s -- {' '.join(machine)}"
        _on_node(f'{call} | python3 -c "{code}"', _script())


def _node(*words: str) -> None:
    _on_node(f"sh -s -- {' '.join(words)}", _script())


def _script() -> str:
    return _GUEST % NODE_ADDRESS


def _on_node(command: str, given: str) -> None:
    words = [str(CHECKOUT / "bin" / "lab"), "exec", "--", "ssh", *ssh_options(), f"root@{NODE_ADDRESS}", command]
    done = subprocess.run(words, input=given, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"{command}: {(done.stdout + done.stderr)[-1500:]}")


def ssh_options() -> list[str]:
    """How the node is reached with the lab's key."""
    secrets = Lab.current().secrets
    return [
        "-i",
        str(secrets / "id_ed25519"),
        "-o",
        f"UserKnownHostsFile={secrets / 'known_hosts'}",
        "-o",
        "BatchMode=yes",
    ]


if __name__ == "__main__":
    {"come": come, "go": go}[sys.argv[1]](Lab.current(), (101, 102, 103, 801, 802, 914, 917), (1001, 1002))
