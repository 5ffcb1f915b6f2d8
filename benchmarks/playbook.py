"""Ansible on the same lab: installed apart, its needs brought into the guests, its variables made, the playbook run."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from benchmarks.alternation import alternate
from benchmarks.ansible import needs
from benchmarks.ansible.facts import CONTAINERS, MACHINES
from benchmarks.comparison import Comparison, Measured, Ratio
from benchmarks.lab import CHECKOUT, LIMIT, PREVIEW, Bench, BenchmarkError
from toolchain.places import PYTHON, REQUIREMENTS, cache

HERE = CHECKOUT / "benchmarks" / "ansible"
PLAYBOOK, OURS = "playbook", "preview"
# ends the connections that were kept open
_CLOSE = 'for each in "$1"/*; do [ ! -S "$each" ] || ssh -o ControlPath="$each" -O exit none 2>&1; done; true'


def place(requirements: Path, base: Path) -> Path:
    """Where Ansible's virtualenv is, by what is pinned; whether it is there or not."""
    return base / f"ansible-{sha256((requirements / 'ansible.txt').read_bytes()).hexdigest()[:12]}"


def installed() -> Path:
    """The directory of Ansible's commands, in the cache by its requirements. Raises CalledProcessError."""
    pins = REQUIREMENTS / "ansible.txt"
    folder = place(REQUIREMENTS, cache())
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([str(PYTHON), "-m", "venv", str(folder)], check=True, timeout=LIMIT)
        argv = [str(folder / "bin" / "pip"), "install", "--quiet", "--require-hashes", "--no-deps", "-r", str(pins)]
        subprocess.run(argv, check=True, timeout=LIMIT)
        (folder / "complete").touch()
    return folder / "bin"


@dataclass(frozen=True)
class Playbook:
    """The playbook, ready to run; `run` tells how long it took and how many tasks changed something."""

    bench: Bench
    commands: Path
    room: Path

    def facts(self, name: str, checkout: Path) -> Path:
        """Variables and inventory of a checkout, in a folder of that name."""
        folder = self.room / name
        words = ["python", "-m", "benchmarks.ansible", str(folder), str(checkout)]
        self.bench.timed(words)
        return folder

    def run(self, facts: Path) -> tuple[float, int]:
        """Seconds, and tasks that changed something. Raises BenchmarkError when a task fails."""
        given = {"run_folder": str(self.room), "root_path": str(self.bench.lab.cluster_root)}
        env = {
            "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
            "ANSIBLE_LOCAL_TEMP": str(self.room / "tmp"),
            "PATH": f"{self.commands}{os.pathsep}{os.environ['PATH']}",
        }
        words = ["ansible-playbook", "-i", str(facts / "inventory.json"), "-e", f"@{facts / 'facts.json'}"]
        words += ["-e", json.dumps({**given, "ansible_playbook_python": str(self.commands / "python")})]
        seconds = self.bench.timed([*words, str(HERE / "site.yml")], env=env)
        changed = [int(each) for each in re.findall(r" changed=(\d+) ", self.bench.said())]
        if not changed:
            raise BenchmarkError("the playbook has told nothing")
        return seconds, sum(changed)

    def unchanged(self, facts: Path) -> float:
        """Seconds of a run that must change nothing."""
        seconds, changed = self.run(facts)
        if changed:
            raise BenchmarkError(f"{changed} tasks changed something that has converged:\n{self.bench.said()[-4000:]}")
        return seconds

    def changing(self, facts: Path) -> float:
        """Seconds of a run that must change something."""
        seconds, changed = self.run(facts)
        if not changed:
            raise BenchmarkError("no task changed anything")
        return seconds


def playbook(bench: Bench) -> tuple[Playbook, Path]:
    """The playbook, and the facts of the checkout, with which it has changed nothing just now.

    What it needs in the guests is taken away when the whole benchmark ends. Raises BenchmarkError.
    """
    if "playbook" in bench.kept:
        found: tuple[Playbook, Path] = bench.kept["playbook"]
        return found
    room = bench.room / "ansible"
    made = Playbook(bench, installed(), room)
    facts = made.facts("as-it-is", CHECKOUT)
    hosts = json.loads((facts / "inventory.json").read_text())
    guests = [[each["vmid"] for each in hosts[kind]["hosts"].values()] for kind in (CONTAINERS, MACHINES)]
    bench.undo.callback(needs.go, bench.lab, *guests)
    bench.undo.callback(bench.timed, ["sh", "-c", _CLOSE, "sh", str(room)])
    needs.come(bench.lab, *guests)
    addresses = [each["ansible_host"] for each in hosts[MACHINES]["hosts"].values()]
    keys = bench.ask(["sh", "-c", 'ssh-keyscan -t ed25519 "$@" 2>/dev/null', "sh", *addresses])
    known = (bench.lab.secrets / "known_hosts").read_text()
    (room / "known_hosts").write_text(known + keys)
    # opens the connections, and tells at once when something does not fit
    made.unchanged(facts)
    bench.kept["playbook"] = (made, facts)
    return made, facts


def measure(bench: Bench, rounds: int) -> Measured:
    """Runs that change nothing."""
    made, facts = playbook(bench)
    sides = {OURS: partial(bench.timed, PREVIEW), PLAYBOOK: partial(made.unchanged, facts)}
    return Measured(alternate(sides, rounds))


ANSIBLE = Comparison(
    name="ansible",
    title="A run that changes nothing, against an Ansible playbook of the same facts",
    rounds=5,
    measure=measure,
    rows=(Ratio("playbook (`changed=0`) / preview", "at least 20 times faster", (PLAYBOOK,), (OURS,)),),
    note="What the playbook covers, and what not, is in [its README](../benchmarks/ansible/README.md).",
)
