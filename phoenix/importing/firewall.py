"""Firewall rules of the node, of guests and of stacks."""

import re
from typing import Any

from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Entry, Fate
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old
from phoenix.model.document import Loc

_LONGEST_COMMENT = 200
_TEXTS = (("type", "direction", str.lower), ("action", "action", str.upper), ("proto", "proto", str.lower))
NODE_ONLY = "Proxmox applies the rules of cluster.fw to nodes alone: a rule for a guest stands in that guest's file"


def guest_rules(guest: NewGuest, old: Old) -> None:
    """The guest's own firewall."""
    if (enabled := old.get("enabled")) is not None:
        guest.file.keep(("firewall", "enabled"), enabled, enabled.switch())
    for each in _entries(old, "rules"):
        rule(guest.file, ("firewall", "rules"), each, of_guest=True)


def node_rules(cluster: NewFile, guests: dict[str, NewGuest], old: Old) -> None:
    """The node's firewall; a rule for what comes in to a guest becomes that guest's. `guests` are by address."""
    if (enabled := old.get("enabled")) is not None:
        cluster.keep(("firewall", "enabled"), enabled, enabled.switch())
    for key, new in (("default_input_policy", "policy_in"), ("default_output_policy", "policy_out")):
        if (policy := old.get(key)) is not None:
            cluster.keep(("firewall", new), policy, policy.text().upper())
    for each in _entries(old, "global_firewall_rules"):
        dest, kind = each.get("dest"), each.get("type")
        owner = guests.get(dest.text().removesuffix("/32")) if dest is not None else None
        if owner is not None and kind is not None and kind.text().lower() == "in":
            rule(owner.file, ("firewall", "rules"), each, of_guest=True, moved=NODE_ONLY)
        else:
            rule(cluster, ("firewall", "rules"), each, of_guest=False)


def _entries(old: Old, key: str) -> list[Old]:
    found = old.get(key)
    return [] if found is None else [*found.entries()]


def rule(file: NewFile, loc: Loc, old: Old, *, of_guest: bool, moved: str = "") -> None:
    """One rule, at the end of the list at `loc`; one that matches what another does already is left out."""
    parts: list[tuple[str, Old, Any, str]] = []
    for key, new, spelled in _TEXTS:
        if (found := old.get(key)) is not None:
            parts.append((new, found, spelled(found.text()), ""))
    for key in ("source", "dest"):
        if (found := old.get(key)) is not None:
            parts.append((key, found, found.text(), ""))
    if (found := old.get("port")) is not None:
        parts.append(("ports", found, _ports(found), ""))
    if (found := old.get("iface")) is not None:
        if of_guest:
            file.ledger.leave_out(found, "Proxmox takes no interface in a guest's rule: the guest has one card")
        else:
            parts.append(("interface", found, found.text(), ""))
    if (found := old.get("comment")) is not None:
        text = _comment(found.text())
        why = "" if text == found.data else "a comment is one line without #, of at most 200 signs"
        parts.append(("comment", found, text, why))
    made = {new: value for new, _, value, _ in parts}
    twin = next((n for n, each in enumerate(file.get(*loc) or ()) if _matches(each) == _matches(made)), None)
    if twin is not None:
        place = file.place(*loc, twin)
        told = f"the same rule stands in {place.file} already: {place.field}"
        file.ledger.leave_out(old, f"{told}; {moved}" if moved else told)
        return
    index = len(file.get(*loc) or ())
    if moved:
        file.ledger.entries.append(Entry(Fate.CHANGED, old, file.place(*loc, index), None, moved))
    for new, found, value, why in parts:
        if why:
            file.change((*loc, index, new), value, found, why)
        else:
            file.keep((*loc, index, new), found, value)


def _matches(made: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in made.items() if key != "comment"}


def _ports(old: Old) -> list[int | str]:
    words = str(old.number() if isinstance(old.data, int) else old.text()).replace(" ", "").split(",")
    if not all(re.fullmatch(r"\d{1,5}(:\d{1,5})?", word) for word in words):
        raise old.refuse("port numbers and ranges such as 8000:8010, with commas between them")
    return [int(word) if word.isdecimal() else word for word in words]


def _comment(text: str) -> str:
    return " ".join(text.replace("#", "").split())[:_LONGEST_COMMENT]
