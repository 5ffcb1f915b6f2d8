"""What others have beside a set of files, where one daemon reads both: a clash is refused, a danger told."""

from collections.abc import Callable, Mapping

from phoenix.clients.shell import Shell
from phoenix.providers.files.beside import dnsmasq, firewall
from phoenix.providers.files.shared import DIRECTORY
from phoenix.specs.files import FileSetSpec

LOOKS: Mapping[str, Callable[[Shell, FileSetSpec], list[str]]] = {
    DIRECTORY: firewall.look,
    dnsmasq.DIRECTORY: dnsmasq.look,
}
"""By the directory where files of the set lie."""


def look(shell: Shell, desired: FileSetSpec) -> list[str]:
    """What to tell; raises OperationError for a clash."""
    told = []
    for directory, each in LOOKS.items():
        if any(path.startswith(directory) for path in desired.files):
            told += each(shell, desired)
    return told
