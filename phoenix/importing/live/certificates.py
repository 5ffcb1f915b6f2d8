"""Certificates that lie on the node, with their copies in guests and their Docker secrets."""

from collections.abc import Mapping

from phoenix.features.registry import FEATURES
from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate
from phoenix.importing.live.inside import units
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old, OldFile
from phoenix.pki.kinds import CertificateKind, KeyType

_USUAL = {"bundle": "chain", "owner": "root:root", "key_mode": "0600", "certificate_mode": "0644"}
_GRANTED = "what it was asked for is not known; the usages that the CA granted, or `client` where its name says so"


def certificates(file: NewFile, found: Mapping[str, OldFile], guests: Mapping[int, NewGuest]) -> None:
    """Every certificate that somebody uses."""
    for name, old in found.items():
        top = old.top
        copies = [each for each in top.need("copies").entries() if each.need("guest").number() in guests]
        why = ""
        if not copies and not top.need("secrets").data:
            why = "nobody that answers has a copy of it, and no Docker secret says that it is made of it"
        elif not top.need("common_name").data:
            why = "it has no common name"
        elif top.need("key_type").data not in [*KeyType]:
            why = f"its key is of a type that the product makes none of: {top.need('key_type').data}"
        if why:
            file.ledger.missing.append(f"the certificate {name}, which stays as it is: {why}")
            file.ledger.leave_out(top, why)
        else:
            _certificate(file, name, top, copies, guests)


def _certificate(file: NewFile, name: str, top: Old, copies: list[Old], guests: Mapping[int, NewGuest]) -> None:
    at = ("certificates", len(file.get("certificates") or ()))
    common = top.need("common_name")
    file.add((*at, "name"), name)
    file.keep((*at, "common_name"), common)
    for each in top.need("names").entries():
        if str(each.data).lower() == common.text().lower():
            file.ledger.note(Fate.KEPT, each, file.place(*at, "common_name"), each.data)
        else:
            file.keep((*at, "sans", len(file.get(*at, "sans") or ())), each)
    _kind(file, at, name, top)
    for key, usual in (("key_type", "p256"), ("lifetime_hours", 24), ("owner", "root:root"), ("key_mode", "0600")):
        _unless_usual(file, (*at, key), top.need(key), usual)
    for index, each in enumerate(copies):
        _copy(file, (*at, "distribution", index), each, guests[each.need("guest").number()])
    if (secrets := top.need("secrets")).data:
        for key, base in secrets.items():
            file.keep((*at, "docker_secrets", key), base)
    for key in ("copies", "secrets"):
        if not top.need(key).data:
            file.ledger.note(Fate.KEPT, top.need(key), file.place(*at))
    for leaf in top.leaves():
        if not file.ledger.is_known(leaf):
            file.ledger.leave_out(leaf, "its guest is not in the configuration")


def _kind(file: NewFile, at: tuple[str | int, ...], name: str, top: Old) -> None:
    kind, asked = top.need("kind"), top.need("asked")
    value = str(kind.data)
    if not asked.data:
        value = "client" if "client" in name else "server"
    if value == CertificateKind.SERVER:
        file.ledger.note(Fate.KEPT, kind, file.place(*at), value)
    elif asked.data:
        file.keep((*at, "kind"), kind, value)
    else:
        file.change((*at, "kind"), value, kind, _GRANTED)
    file.ledger.note(Fate.KEPT, asked, file.place(*at), value)


def _copy(file: NewFile, at: tuple[str | int, ...], old: Old, guest: NewGuest) -> None:
    file.keep((*at, "guest"), old.need("guest"))
    for key in ("certificate", "key", "ca"):
        if (found := old.get(key)) is not None:
            file.keep((*at, key), found)
    for key, usual in _USUAL.items():
        _unless_usual(file, (*at, key), old.need(key), usual)
    unit = _unit(guest, str(file.get(*at, "certificate")))
    if unit:
        file.add((*at, "reload"), {"unit": unit}, "the unit that runs there and reads such files")
    else:
        path = file.get(*at, "certificate")
        what = (
            f"who reads {path} in guest {guest.vmid} is not known: nobody is told of a new certificate without a reload"
        )
        file.ledger.missing.append(what)


def _unless_usual(file: NewFile, at: tuple[str | int, ...], old: Old, usual: object) -> None:
    if old.data == usual:
        file.ledger.note(Fate.KEPT, old, file.place(*at[:-1]), usual)
    else:
        file.keep(at, old)


def _unit(guest: NewGuest, path: str) -> str:
    """The unit of one of its features that reads this path, by the word in both."""
    names = [each for each in guest.file.get("features") or () if isinstance(each, str)]
    of_features = {str(FEATURES[name].unit): name for name in names if isinstance(FEATURES[name].unit, str)}
    running = [each for each in of_features if each in units(guest)]
    named = [each for each in running if of_features[each] in path]
    return next(iter(named or (running if len(running) == 1 else ())), "")
