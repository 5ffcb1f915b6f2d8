"""The node's name server: what its files say beyond what follows from guests, services and stacks.

https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html
"""

import re
from collections.abc import Iterator, Mapping

from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate
from phoenix.importing.live.around import Around
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old, OldFile
from phoenix.vocabulary.network import is_ipv4

OURS = "/etc/dnsmasq.d/00-phoenix-internal.conf"
_FOLLOWS = "it follows from the guests, their services and the stacks"
_BESIDE = "the file stays as it is, beside the one that the product writes"
_FORM = "the product writes the file whole, and has its own way to say this"
_ADDRESS = re.compile(r"address=/([^/]+)/([0-9.]+)")


def addresses(texts: Mapping[str, OldFile]) -> list[str]:
    """The address of every record, as often as it is named."""
    return [address for each in _lines(texts) for _, address in _records(str(each.data))]


def led(texts: Mapping[str, OldFile], address: str) -> frozenset[str]:
    """Names that lead to the address."""
    found = (record for each in _lines(texts) for record in _records(str(each.data)))
    return frozenset(name for name, there in found if there == address)


def dns(
    file: NewFile,
    texts: Mapping[str, OldFile],
    guests: Mapping[int, NewGuest],
    served: frozenset[str],
    here: Around,
) -> None:
    """Upstreams, and the records that nothing else brings along; `served` are hosts that lead to the gateway."""
    ledger = file.ledger
    expected = _expected(file, guests, served, here)
    by_address = {each.ip: each for each in guests.values() if each.ip}
    gateway = next((each.ip for each in guests.values() if "gateway" in (each.file.get("roles") or ())), "")
    for each in _lines(texts):
        text = str(each.data)
        if each.file.path != OURS and OURS in texts:
            ledger.leave_out(each, _BESIDE)
            continue
        upstream = text.removeprefix("server=").partition("#")[0]
        if text.startswith("server=") and is_ipv4(upstream):
            file.keep(("dns", "upstreams", len(file.get("dns", "upstreams") or ())), each, upstream)
            continue
        found = [*_records(text)]
        for name, address in found:
            _record(file, each, name, address, expected, by_address, gateway, here.domain)
        if not found:
            ledger.leave_out(each, "a comment" if text.startswith("#") else _FORM)
    if not file.get("dns", "upstreams"):
        file.add(("dns", "upstreams"), ["1.1.1.1"], "no file of the name server names whom it asks")


def _record(
    file: NewFile,
    old: Old,
    name: str,
    address: str,
    expected: Mapping[str, str],
    by_address: Mapping[str, NewGuest],
    gateway: str,
    domain: str,
) -> None:
    short = name.removesuffix(f".{domain}")
    if expected.get(name) == address:
        file.ledger.note(Fate.LEFT_OUT, old, why=_FOLLOWS)
    elif name in expected:
        file.ledger.note(Fate.CHANGED, old, file.place("dns"), expected[name], "the product leads the name there")
    elif short == name:
        file.ledger.note(Fate.LEFT_OUT, old, why=f"a record of the configuration is a name in {domain}")
    else:
        at = ("dns", "records", len(file.get("dns", "records") or ()))
        file.keep((*at, "name"), old, short)
        if address == gateway:
            file.keep((*at, "role"), old, "gateway")
        elif address in by_address:
            file.keep((*at, "guest"), old, by_address[address].vmid)
        else:
            file.keep((*at, "address"), old, address)


def _expected(file: NewFile, guests: Mapping[int, NewGuest], served: frozenset[str], here: Around) -> dict[str, str]:
    gateway = next((each.ip for each in guests.values() if "gateway" in (each.file.get("roles") or ())), "")
    found = {f"{str(file.get('node', 'name')).lower()}.{here.domain}": str(here.address.ip)}
    found |= {host: gateway for host in served if host not in found}
    for each in guests.values():
        if each.ip:
            found.setdefault(f"{each.name.lower()}.{here.domain}", each.ip)
    return found


def _lines(texts: Mapping[str, OldFile]) -> Iterator[Old]:
    for path, text in texts.items():
        if path.endswith(".conf"):
            yield from text.top.need("lines").entries()


def _records(text: str) -> Iterator[tuple[str, str]]:
    if match := _ADDRESS.fullmatch(text):
        yield match[1].lower(), match[2]
    elif text.startswith("host-record="):
        words = text.removeprefix("host-record=").split(",")
        address = next((each for each in words if is_ipv4(each)), "")
        yield from (
            (each.lower(), address) for each in words if address and re.search("[A-Za-z]", each) and ":" not in each
        )
