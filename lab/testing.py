"""A throwaway lab for tests: its own state directory, the user's image cache."""

import ctypes
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import needs, node
from lab.environment import CHECKOUT
from lab.place import NODE, NODE_ADDRESS, TOKEN_ID, Lab

CLONE_NEWNET = 0x40000000
TASK_LIMIT = 120.0
UP_LIMIT = 3600.0
_thread = threading.local()


def obstacle() -> str | None:
    """Why a lab cannot run here, or None."""
    wrong = needs.problems(packages=False)
    return "; ".join(wrong) or None


@dataclass(frozen=True)
class Throwaway:
    """A lab in a directory of its own."""

    place: Lab

    @property
    def environment(self) -> dict[str, str]:
        """The environment that makes ``bin/lab`` mean this lab."""
        return {**os.environ, "PHOENIX_LAB": str(self.place.state)}

    def cli(self, *words: str, limit: float = 300.0, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run ``bin/lab`` with these words."""
        command = [str(CHECKOUT / "bin" / "lab"), *words]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=limit, input=stdin, check=False
        )

    def up(self) -> None:
        """Bring it up.

        :raises AssertionError: it does not come up; the message is all that was said.
        """
        done = self.cli("up", limit=UP_LIMIT)
        assert done.returncode == 0, done.stdout + done.stderr

    def node(self, script: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run a shell script on the node as root, by SSH from the workstation."""
        secrets = self.place.secrets
        options = [f"IdentityFile={secrets / 'id_ed25519'}", f"UserKnownHostsFile={secrets / 'known_hosts'}"]
        options += ["BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes"]
        words = ["ssh", "-F", "none", *[word for option in options for word in ("-o", option)]]
        with self.network():
            command = [*words, f"root@{NODE_ADDRESS}", script]
            return subprocess.run(command, capture_output=True, text=True, timeout=120, input=stdin, check=False)

    @contextmanager
    def network(self) -> Iterator[None]:
        """This thread, and what it starts, are on the workstation's network for a while."""
        if getattr(_thread, "inside", False):
            yield
            return
        init = node.init_pid(self.place)
        assert init is not None, "the lab is down"
        libc = ctypes.CDLL(None, use_errno=True)
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/proc/{init}/root/run/netns/ws", os.O_RDONLY)
        try:
            assert libc.setns(there, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            _thread.inside = True
            yield
        finally:
            _thread.inside = False
            libc.setns(home, CLONE_NEWNET)
            os.close(home)
            os.close(there)

    def api(self) -> Any:
        """The node's API through proxmoxer, with the operator's token and the lab's CA. Use it inside ``network()``."""
        from proxmoxer import ProxmoxAPI

        user, _, name = TOKEN_ID.partition("!")
        secret = (self.place.secrets / "token").read_text().strip()
        ca = str(self.place.secrets / "ca.pem")
        return ProxmoxAPI(NODE_ADDRESS, user=user, token_name=name, token_value=secret, verify_ssl=ca)


def finish(api: Any, upid: str) -> None:
    """Wait for a task.

    :raises AssertionError: it failed, or did not end within TASK_LIMIT seconds.
    """
    deadline = time.monotonic() + TASK_LIMIT
    while time.monotonic() < deadline:
        status = api.nodes(NODE).tasks(upid).status.get()
        if status["status"] == "stopped":
            assert status["exitstatus"] == "OK", status
            return
        time.sleep(0.02)
    raise AssertionError(f"{upid} did not end within {TASK_LIMIT} s")


def throwaway(folder: Path) -> Throwaway:
    """A lab whose state is in this directory."""
    return Throwaway(Lab(folder))
