"""Proxmox' firewall files: the product's part of them, without the rules that it adds itself.

What others have there stays, and is told. Where no group has the product's mark, an older version wrote the file whole.
https://pve.proxmox.com/pve-docs/chapter-pve-firewall.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from phoenix.importing.guest import NewGuest
from phoenix.importing.ledger import Fate
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old, OldFile
from phoenix.model import FirewallRule
from phoenix.vocabulary.property_strings import is_set, split

CLUSTER = "/etc/pve/firewall/cluster.fw"
_OWN = "phoenix: "
_OPERATORS = "phoenix: operators reach the "
_OURS = re.compile(r"guest-\d+")
_MADE = "the product makes it itself, after the rules that are given"
_GOES = "the configuration has no word for it, and it stands among the product's own: it goes with the first `up`"
_BESIDE = "it is of others, and stays beside the product's part"
_STAYS = "the product writes no file of this guest, which stays as it is"
_ACTIONS = ("ACCEPT", "DROP", "REJECT")
_KEYS = {"-source": "source", "-dest": "dest", "-p": "proto", "-dport": "ports", "-i": "interface"}
_PORTS = ("-dport", "-sport")
_KEYS |= {"-sport": "source_ports", "-icmp-type": "icmp_type", "-log": "log"}


@dataclass
class Sections:
    """A file's lines: options by key, rules, rules of each group, and all others."""

    options: dict[str, Old] = field(default_factory=dict)
    rules: list[Old] = field(default_factory=list)
    groups: dict[str, list[Old]] = field(default_factory=dict)
    headings: list[Old] = field(default_factory=list)
    others: list[Old] = field(default_factory=list)

    @property
    def former(self) -> bool:
        """Whether an older version wrote it: groups of guests without the mark."""
        ours = [str(each.data) for each in self.headings if _OURS.search(str(each.data))]
        return bool(ours) and not any(_is_marked(each) for each in ours)


def firewall(file: NewFile, texts: Mapping[str, OldFile], guests: Mapping[int, NewGuest], lan: str) -> None:
    """The node's, then each guest's."""
    ledger = file.ledger
    whole = sections(texts[CLUSTER]) if CLUSTER in texts else Sections()
    for key in ("policy_in", "policy_out"):
        if (old := whole.options.pop(key, None)) is not None:
            file.keep(("firewall", key), old, _value(old).upper())
    enabled = whole.options.pop("enable", None)
    if enabled is not None:
        file.keep(("firewall", "enabled"), enabled, is_set(_value(enabled)))
    else:
        file.add(("firewall", "enabled"), False, "the firewall of the cluster is off")
    for each in (*whole.options.values(), *whole.others):
        ledger.leave_out(each, _BESIDE)
    _operators(file, whole, lan)
    _top(file, whole, whole, of_guest=False)
    for guest in guests.values():
        _guest(guest, texts, whole)
    for each in whole.headings:
        ledger.note(Fate.KEPT, each, file.place("firewall"))
    for each in (rule for rules in whole.groups.values() for rule in rules):
        if not ledger.is_known(each):
            ledger.leave_out(each, _BESIDE)


def _operators(file: NewFile, whole: Sections, lan: str) -> None:
    sources = dict.fromkeys(
        match[1]
        for each in whole.rules
        if _OPERATORS in str(each.data) and (match := re.search(r"-source (\S+)", str(each.data)))
    )
    if sources:
        file.add(("firewall", "operators"), [*sources])
    else:
        file.add(("firewall", "operators"), [lan], "the node's LAN: from there people must always get in")


def _guest(guest: NewGuest, texts: Mapping[str, OldFile], whole: Sections) -> None:
    ledger = guest.ledger
    text = texts.get(f"/etc/pve/firewall/{guest.vmid}.fw")
    if text is None:
        return
    own = sections(text)
    card = split(str(guest.old.need("config").need("net0").data))[1]
    enabled = own.options.pop("enable", None)
    policies = {key: _value(own.options[key]).upper() for key in ("policy_in", "policy_out") if key in own.options}
    usual = policies.items() <= {"policy_in": "DROP", "policy_out": "ACCEPT"}.items()
    is_on = enabled is not None and is_set(_value(enabled)) and is_set(card.get("firewall"))
    if not (is_on and usual):
        why = f"{_STAYS}: its firewall is off, its network card's is, or its policies are others than Proxmox' own"
        ledger.leave_out(text.top, why)
        if is_on:
            ledger.missing.append(f"the firewall of guest {guest.vmid}: its policies are others than Proxmox' own")
        return
    assert enabled is not None
    guest.file.keep(("firewall", "enabled"), enabled, True)
    for key, old in own.options.items():
        if key in policies:
            ledger.note(Fate.KEPT, old, guest.file.place("firewall", "enabled"), True)
        else:
            ledger.leave_out(old, _BESIDE)
    for each in own.others:
        ledger.leave_out(each, _BESIDE)
    for each in own.headings:
        ledger.note(Fate.KEPT, each, guest.file.place("firewall"))
    _top(guest.file, own, whole, of_guest=True)


def _top(file: NewFile, own: Sections, whole: Sections, *, of_guest: bool) -> None:
    """The lines of `[RULES]`: those with the mark are the product's, and the one that brings in a guest's group."""
    rules = ("firewall", "rules")
    for each in own.rules:
        text = str(each.data)
        group = match[1] if (match := re.match(r"GROUP\s+(\S+)", text)) else ""
        if _OURS.fullmatch(group):
            file.ledger.note(Fate.KEPT, each, file.place(*rules))
            for rule in whole.groups.get(group, ()):
                _rule(file, rules, rule, of_guest=of_guest)
        elif not (_is_marked(text) or whole.former):
            file.ledger.leave_out(each, _BESIDE)
        elif group:
            named = ("firewall", "groups")
            file.keep((*named, len(file.get(*named) or ())), each, group)
        elif _OPERATORS in text:
            file.ledger.leave_out(each, _MADE)
        else:
            _rule(file, rules, each, of_guest=of_guest)


def _rule(file: NewFile, at: tuple[str | int, ...], old: Old, *, of_guest: bool) -> None:
    words, _, comment = str(old.data).partition("#")
    if of_guest and comment.strip().startswith(_OWN):
        file.ledger.leave_out(old, _MADE)
        return
    comment = re.sub(r"^\s*phoenix(: |\s*$)", "", comment)
    made = _parsed(words, comment)
    if made is None or (of_guest and "interface" in made):
        file.ledger.leave_out(old, _GOES)
        file.ledger.missing.append(f"{old.file.path}:{old.file.line(old.loc)}: `{words.strip()}`: {_GOES}")
        return
    file.add((*at, len(file.get(*at) or ())), made)
    file.ledger.note(Fate.SPELLED, old, file.place(*at, len(file.get(*at)) - 1), made)


def _parsed(words: str, comment: str) -> dict[str, object] | None:
    """A rule in the configuration's words; None for one that it cannot say."""
    direction, action, *rest = words.split() if len(words.split()) > 1 else ("", "")
    macro, action = match.groups() if (match := re.fullmatch(r"(\w+)\((\w+)\)", action)) else (None, action)
    if direction not in ("IN", "OUT") or action not in _ACTIONS or len(rest) % 2:
        return None
    made: dict[str, object] = {"direction": direction.lower(), "action": action, **({"macro": macro} if macro else {})}
    for option, value in zip(rest[::2], rest[1::2], strict=True):
        if option == "-log" and value == "nolog":
            continue
        if option not in _KEYS:
            return None
        made[_KEYS[option]] = (
            [int(each) if each.isdecimal() else each for each in value.split(",")]
            if option in ("-dport", "-sport")
            else value
        )
    if text := " ".join(comment.split())[:200]:
        made["comment"] = text
    try:
        FirewallRule.model_validate(made)
    except ValidationError:
        return None
    return made


def sections(text: OldFile) -> Sections:
    """The file's lines by what they are."""
    found, current, rules = Sections(), "", list[Old]()
    for each in text.top.need("lines").entries():
        line = str(each.data)
        if line.startswith("#"):
            found.others.append(each)
        elif match := re.match(r"\[(\w+)\s*([^\]]*)\]", line):
            current = match[1].upper()
            rules = found.groups.setdefault(match[2].strip(), []) if current == "GROUP" else found.rules
            (found.headings if current in ("OPTIONS", "RULES", "GROUP") else found.others).append(each)
        elif current == "OPTIONS":
            found.options[line.partition(":")[0].strip().lower()] = each
        elif current in ("RULES", "GROUP") and not line.startswith("|"):
            rules.append(each)
        else:
            found.others.append(each)
    return found


def _is_marked(line: str) -> bool:
    return bool(re.match(r"\s*phoenix(:|\s*$)", line.partition("#")[2]))


def _value(old: Old) -> str:
    return str(old.data).partition(":")[2].strip()
