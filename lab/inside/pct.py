"""``pct``: containers from the node's command line."""

import os
import subprocess
import sys
from pathlib import Path

CONF = Path("/etc/pve/lxc")
SOCKET = "@/var/lib/lab/lxc/{}/command"
ENVIRONMENT = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root")


def main(words: list[str]) -> int:
    """Run one subcommand; returns the exit code."""
    if not words or words[0] == "help":
        print("USAGE: pct <COMMAND> [ARGS] [OPTIONS]", file=sys.stderr)
        return 255
    if words[0] in ("exec", "enter", "push", "pull"):
        return _inside(words)
    from lab.inside import guestcli
    from lab.inside.call import NODE, CallError, call, finish, guarded, options

    def run(words: list[str]) -> int:
        if words[0] != "create":
            return guestcli.run("lxc", words)
        positional, params = options(words[1:])
        if len(positional) != 2:
            raise CallError("400 wrong number of arguments")
        finish(call("POST", f"{NODE}/lxc", {**params, "vmid": positional[0], "ostemplate": positional[1]}))
        return 0

    return guarded(run, words)


def _inside(words: list[str]) -> int:
    """Commands that enter a running container; they need no API and replace this process where they can."""
    name, vmid, rest = words[0], words[1] if len(words) > 1 else "", words[2:]
    if not vmid.isdigit() or not (CONF / f"{vmid}.conf").exists():
        print(f"Configuration file 'nodes/phoenix/lxc/{vmid}.conf' does not exist", file=sys.stderr)
        return 2
    if SOCKET.format(vmid) not in Path("/proc/net/unix").read_text():
        print(f"container '{vmid}' not running!", file=sys.stderr)
        return 255
    variables = [*ENVIRONMENT, *([f"TERM={os.environ['TERM']}"] if "TERM" in os.environ else [])]
    attach = ["lxc-attach", "-n", vmid, "--clear-env", *[word for v in variables for word in ("-v", v)], "--"]
    if name == "enter":
        os.execvp(attach[0], [*attach, "/bin/bash", "-l"])
    if name == "exec":
        argv = rest[1:] if rest[:1] == ["--"] else rest
        if not argv:
            print("400 not enough arguments", file=sys.stderr)
            return 255
        sys.stdout.flush()
        os.execvp(attach[0], attach + argv)
    if name == "push":
        return _push(attach, rest)
    with Path(rest[1]).open("wb") as target:
        return subprocess.run([*attach, "cat", rest[0]], stdout=target, check=False).returncode


def _push(attach: list[str], words: list[str]) -> int:
    from lab.inside.call import options

    positional, params = options(words)
    source, target = positional
    owner = f"{params.get('user', 'root')}:{params.get('group', 'root')}"
    script = 'rm -f "$1"; umask 077; cat > "$1" && chown "$2" "$1" && chmod "$3" "$1"'
    mode = str(params.get("perms", "")) or f"{Path(source).stat().st_mode & 0o777:o}"
    with Path(source).open("rb") as data:
        command = [*attach, "sh", "-c", script, "sh", target, owner, mode]
        return subprocess.run(command, stdin=data, check=False).returncode
