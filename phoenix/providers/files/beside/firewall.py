"""The parts of others in Proxmox's firewall files: names that our rules use, and rules that decide before ours."""

from phoenix.clients import files
from phoenix.clients.shell import Shell
from phoenix.providers.files.shared import names, order
from phoenix.providers.files.shared.firewall import TAKEN, TakenError, read, with_ours
from phoenix.specs.files import FileSetSpec

CLUSTER = "cluster.fw"
HOST = "/etc/pve/local/host.fw"
"""The node's own file: Proxmox reads its rules before the cluster's, and nothing of ours is in it."""


def look(shell: Shell, desired: FileSetSpec) -> list[str]:
    """The rules of others that drop what ours let through; raises OperationError for a name that is not there."""
    paths = sorted(desired.files)
    done = shell.run(files.show_all([*paths, HOST], files.WHOLE))
    found = {path: each.content for path, each in files.shown(done.text, files.WHOLE).items()}
    merged = {path: _merged(desired, path, found.get(path, "")) for path in paths}
    (main,) = [path for path in paths if path.endswith(f"/{CLUSTER}")]
    # a guest's file has those of the cluster's above its own
    above = names.defined(merged[main])
    if absent := [
        each
        for path in paths
        for each in names.missing(merged[path], desired.files[path].content, {} if path == main else above)
    ]:
        raise desired.failure(
            "use names of the node's firewall",
            "\n  ".join(absent),
            "correct the rule, or make it in Proxmox (Datacenter, Firewall); nothing was changed",
        )
    host, ours = found.get(HOST, ""), desired.files[main].content
    if read(ours).options.get("enable") == "0":
        # no rule of anybody holds
        return []
    told = order.before_the_nodes(host, HOST, merged[main], main, ours)
    there = order.known(merged[main])
    for path in paths:
        if path != main:
            told += order.before_a_guests(merged[path], path, there, desired.files[path].content)
    return told


def _merged(desired: FileSetSpec, path: str, text: str) -> str:
    try:
        return with_ours(text, desired.files[path].content)
    except TakenError as error:
        raise desired.failure("have its part", f"{path}: {error}", TAKEN) from None
