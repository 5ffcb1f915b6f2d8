"""``bin/lab``: up, down, destroy, status, exec and shell."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from lab import bases, needs, node
from lab.place import Lab
from toolchain.report import ToolchainError

USAGE = "up | down | destroy | status | exec -- COMMAND [ARGUMENTS] | shell"


def main(words: list[str] | None = None) -> int:
    """Run one command; returns the exit code. An error is one paragraph on standard error."""
    parser = argparse.ArgumentParser(prog="bin/lab", usage=f"bin/lab {USAGE}", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "destroy", "status", "exec", "shell"])
    parser.add_argument("words", nargs=argparse.REMAINDER)
    given = parser.parse_args(words)
    lab = Lab.current()
    try:
        if given.command in ("exec", "shell"):
            argv = given.words[1:] if given.words[:1] == ["--"] else given.words
            return inside(lab, argv or [os.environ.get("SHELL", "/bin/sh")])
        actions = {"up": up, "down": down, "destroy": destroy, "status": status}
        return actions[given.command](lab)
    except (ToolchainError, RuntimeError, LookupError, OSError, subprocess.SubprocessError) as e:
        print(f"bin/lab {given.command}: {e}", file=sys.stderr)
        return 1


class Laps:
    """Prints each part with the time it took."""

    def __init__(self) -> None:
        self._last = self._start = time.monotonic()

    def lap(self, part: str) -> None:
        now = time.monotonic()
        print(f"{now - self._last:7.2f} s  {part}", flush=True)
        self._last = now

    def total(self, text: str) -> None:
        print(f"{time.monotonic() - self._start:7.2f} s  {text}", flush=True)


def up(lab: Lab) -> int:
    """Bring the lab up; does nothing to one that is up."""
    from lab import credentials, vendor

    laps = Laps()
    if node.init_pid(lab) if not needs.missing_packages() and os.geteuid() == 0 else None:
        laps.total(f"the lab is up already ({lab.state})")
        return 0
    wrong = needs.problems(packages=False)
    if wrong:
        raise RuntimeError("the lab cannot run here:\n  " + "\n  ".join(wrong))
    if missing := needs.missing_packages():
        needs.install(missing, print)
        laps.lap("packages installed")
    needs.raise_inotify_limit(print)
    pinned = lab.pinned_bases()
    wanted = {kind: bases.base(kind, pinned.get(kind)) for kind in bases.PACKAGES}
    for base in wanted.values():
        bases.build(base, print)
    site = vendor.site()
    laps.lap("base images")
    lab.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    credentials.make(lab)
    node.write(lab, wanted, site)
    laps.lap("credentials and configuration")
    if (Path(__file__).parent / "images" / "__main__.py").exists():
        checkout = Path(__file__).resolve().parent.parent
        subprocess.run([sys.executable, "-m", "lab.images", str(lab.data)], check=True, cwd=checkout)
        laps.lap("packages, artifacts and container images")
    node.start(lab)
    laps.lap("node, with the guests it had")
    laps.total(f"the lab is up: bin/lab exec -- COMMAND, bin/lab shell ({lab.state})")
    return 0


def down(lab: Lab) -> int:
    """Stop everything; the state stays."""
    laps = Laps()
    if node.init_pid(lab) is None:
        print("the lab is down")
        return 0
    node.stop(lab)
    laps.total("the lab is down; its state stays (bin/lab destroy deletes it)")
    return 0


def destroy(lab: Lab) -> int:
    """Stop everything and delete the state."""
    down(lab)
    if (lab.state / "bases.json").exists():
        node.destroy(lab)
        print(f"deleted {lab.state}")
    return 0


def status(lab: Lab) -> int:
    """Print the guests and services; exit code 3 when the lab is down."""
    if node.init_pid(lab) is None:
        print(f"the lab is down ({lab.state})")
        return 3
    print(f"the lab is up ({lab.state}, container {lab.name})")
    for command in (["pct", "list"], ["qm", "list"], ["systemctl", "--failed", "--no-legend", "--plain"]):
        print(node.run(lab, *command).stdout, end="")
    units = ["pveproxy", "pve-firewall", "ssh", "dnsmasq", "docker-registry", "lab-mirror"]
    states = node.run(lab, "systemctl", "is-active", *units).stdout.split()
    print("  ".join(f"{unit} {state}" for unit, state in zip(units, states, strict=False)))
    return 0


def inside(lab: Lab, argv: list[str]) -> int:
    """Run a program of this machine on the lab's network."""
    from lab.enter import enter
    from lab.environment import environment

    if os.geteuid() != 0:
        raise RuntimeError("entering the lab needs root: run it as root, or with sudo")
    init = node.init_pid(lab)
    if init is None:
        raise RuntimeError(f"the lab is down ({lab.state}): bin/lab up")
    return enter(lab, init, argv, environment(lab))
