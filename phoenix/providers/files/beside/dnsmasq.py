"""Other files that the node's dnsmasq reads: what it would refuse beside ours, and names with another address.

https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html
"""

import re
from collections.abc import Iterator, Mapping

from phoenix.clients import files
from phoenix.clients.shell import Shell
from phoenix.specs.files import FileSetSpec
from phoenix.vocabulary.network import is_ipv4

MAIN = "/etc/dnsmasq.conf"
DIRECTORY = "/etc/dnsmasq.d/"
# those that dnsmasq itself passes over, and those of Debian's CONFIG_DIR
_PASSED_OVER = (".dpkg-dist", ".dpkg-old", ".dpkg-new", "~", "#")
_COMMENT = re.compile(r"(^|\s)#.*")
_BY_ITSELF = {
    "port": "dnsmasq takes it once",
    "bind-dynamic": "dnsmasq does not start with this and `bind-interfaces`",
    "interface": "dnsmasq would answer there as well, or not start without it",
}
"""Options that ours cannot stand beside, and why."""


def look(shell: Shell, desired: FileSetSpec) -> list[str]:
    """Nothing to tell; raises OperationError with file and line of every clash."""
    main, folder = shell.run_all([files.show_all([MAIN]), files.show_folder(DIRECTORY)])
    found = {**files.shown(main.text), **files.shown(folder.text)}
    others = {path: each.content for path, each in found.items() if path not in desired.files and _is_read(path)}
    ours = "".join(file.content for path, file in desired.files.items() if path.startswith(DIRECTORY))
    if clashes := list(clash(others, ours)):
        raise desired.failure(
            "be beside files of others",
            "\n  ".join(clashes),
            "take these lines out of there, or their names out of the configuration; nothing was changed",
        )
    return []


def clash(others: Mapping[str, str], ours: str) -> Iterator[str]:
    """What cannot stand beside `ours`: file, line, and why."""
    names = {name: address for _, _, key, value in _lines(ours) for name, address in _records(key, value)}
    for path, text in others.items():
        for number, line, key, value in _lines(text):
            why = _BY_ITSELF.get(key, "")
            for name, address in _records(key, value):
                if name in names and address != names[name]:
                    why = f"{name} is {names[name]} here"
            if why:
                yield f"{path}, line {number}: `{line}`: {why}"


def _is_read(path: str) -> bool:
    name = path.rpartition("/")[2]
    return not name.endswith(_PASSED_OVER) and not name.startswith(".")


def _lines(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Number, text, key and value of every line."""
    for number, raw in enumerate(text.splitlines(), 1):
        if line := _COMMENT.sub("", raw).strip():
            key, _, value = line.partition("=")
            yield number, line, key.strip(), value.strip()


def _records(key: str, value: str) -> Iterator[tuple[str, str]]:
    """The names that a line gives an address, or another name."""
    if key == "host-record":
        words = [each.strip() for each in value.split(",")]
        addresses = [each for each in words if is_ipv4(each)]
        yield from ((_name(name), addresses[0]) for name in words if addresses and not is_ipv4(name))
    elif key == "address":
        *names, address = value.strip("/").split("/")
        yield from ((_name(name), address) for name in names if is_ipv4(address))
    elif key == "cname":
        *names, target = (each.strip() for each in value.split(","))
        yield from ((_name(name), f"alias of {target}") for name in names)


def _name(text: str) -> str:
    return text.strip().rstrip(".").lower()
