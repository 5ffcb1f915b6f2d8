"""``qm``: virtual machines from the node's command line."""

import json
import sys
import time
from typing import Any

from lab.inside import guestcli
from lab.inside.call import NODE, CallError, Params, call, finish, guarded, options

EXEC_TIMEOUT = 30
AGENT_READS = {"ping": "POST", "fsfreeze-status": "POST"}


def main(words: list[str]) -> int:
    """Run one subcommand; returns the exit code."""
    if not words or words[0] == "help":
        print("USAGE: qm <COMMAND> [ARGS] [OPTIONS]", file=sys.stderr)
        return 255
    return guarded(_run, words)


def _run(words: list[str]) -> int:
    if words[0] == "guest" and words[1:2] == ["exec"]:
        return _exec(words[2:])
    if words[0] == "agent" or words[:2] == ["guest", "cmd"]:
        return _agent(words[2:] if words[0] == "guest" else words[1:])
    if words[0] == "create":
        positional, params = options(words[1:])
        finish(call("POST", f"{NODE}/qemu", {**params, "vmid": positional[0]}))
        return 0
    if words[0] == "disk" and words[1:2] == ["resize"]:
        words = ["resize", *words[2:]]
    if words[0] == "set":
        return _set(words[1:])
    return guestcli.run("qemu", words)


def _set(words: list[str]) -> int:
    """Like the real one, ``--sshkeys`` names a file."""
    positional, params = options(words)
    if "sshkeys" in params:
        from pathlib import Path
        from urllib.parse import quote

        params["sshkeys"] = quote(Path(str(params["sshkeys"])).read_text(), safe="")
    finish(call("POST", f"{NODE}/qemu/{positional[0]}/config", params))
    return 0


def _agent(words: list[str]) -> int:
    vmid, name = words[:2]
    data = call(AGENT_READS.get(name, "GET"), f"{NODE}/qemu/{vmid}/agent/{name}")
    if data and data.get("result"):
        print(json.dumps(data["result"], indent=3))
    return 0


def _exec(words: list[str]) -> int:
    """Print the result as JSON. The exit code is qm's own: 0 although the command in the guest failed."""
    cut = words.index("--") if "--" in words else len(words)
    (vmid, *argv), params = options(words[:cut])
    argv += words[cut + 1 :]
    timeout = int(str(params.get("timeout", EXEC_TIMEOUT)))
    request: Params = {"command": argv}
    if str(params.get("pass-stdin", "0")) in ("1", "true", "yes"):
        request["input-data"] = sys.stdin.read()
    if not argv:
        raise CallError("400 not enough arguments")
    pid = call("POST", f"{NODE}/qemu/{vmid}/agent/exec", request)["pid"]
    deadline = time.monotonic() + timeout
    result: dict[str, Any] = {}
    pause = 0.01
    while time.monotonic() < deadline or timeout == 0:
        result = call("GET", f"{NODE}/qemu/{vmid}/agent/exec-status", {"pid": str(pid)})
        if result.get("exited"):
            break
        time.sleep(pause)
        pause = min(pause * 1.5, 0.3)
    else:
        print(json.dumps({"pid": pid}))
        print("timeout reached, returning pid", file=sys.stderr)
        return 0
    print(json.dumps(result, indent=3, sort_keys=True))
    return 0
