"""The names that firewall files define, and those that our rules use."""

import re
from collections.abc import Iterator, Mapping

from phoenix.providers.files.shared import sections
from phoenix.providers.files.shared.firewall import is_ours, read
from phoenix.providers.files.shared.match import Networks, networks

_USED = re.compile(r"-(?:source|dest) (?P<name>\+?(?:dc/)?[A-Za-z][\w-]+)(?=\s|$)")
_WHAT = {"aliases": "alias", "ipset": "IP set", "group": "security group"}


def defined(text: str) -> dict[str, str]:
    """Each name of a cluster's file (an alias, `+set`, a group as `GROUP name`), and what it is."""
    found: dict[str, str] = {}
    for section in sections.parse(text):
        if section.kind == "aliases":
            found |= {line.split()[0].lower(): "alias" for _, line in section.entries()}
        elif section.kind in ("ipset", "group"):
            sign = "+" if section.kind == "ipset" else "GROUP "
            found[f"{sign}{section.name}"] = _WHAT[section.kind]
    return found


def missing(text: str, content: str, above: Mapping[str, str]) -> Iterator[str]:
    """Each name that rules of ours (`content`, in `text`) use and that is not there, or only further down.

    Proxmox reads from top to bottom, and drops a rule whose alias or set it has not seen yet; groups it finds anywhere.
    """
    wanted, there = read(content), {**above, **defined(text)}
    seen = {*above, *(name for name, kind in there.items() if kind == _WHAT["group"])}
    for section in sections.parse(text):
        lines = [line for _, line in section.entries()]
        seen |= defined(sections.joined([section])).keys()
        if section.kind == "group" and section.name not in wanted.groups:
            continue
        for rule in dict.fromkeys(lines if section.kind in ("rules", "group") else ()):
            if section.kind == "group" or is_ours(rule, wanted):
                yield from (_told(name, rule, there) for name in _used(rule) if name not in seen)


def _used(rule: str) -> list[str]:
    group = sections.group_named(rule)
    return [f"GROUP {group}"] if group else [_key(each["name"]) for each in _USED.finditer(rule.partition("#")[0])]


def _told(name: str, rule: str, there: Mapping[str, str]) -> str:
    what = _WHAT["group"] if name.startswith("GROUP ") else _WHAT["ipset"] if name[0] == "+" else _WHAT["aliases"]
    if name in there:
        return f"{what} {_bare(name)} stands below `{rule}`, where Proxmox does not know it yet"
    likes = sorted(_bare(each) for each, kind in there.items() if kind == what)
    return f"there is no {what} {_bare(name)} for `{rule}`; there is {', '.join(likes) or 'none'}"


def meanings(text: str) -> dict[str, Networks]:
    """What each alias and `+set` of a file stands for."""
    found: dict[str, Networks] = {}
    sets: list[tuple[str, list[str]]] = []
    for section in sections.parse(text):
        lines = [line.partition("#")[0].split() for _, line in section.entries()]
        if section.kind == "aliases":
            found |= {words[0].lower(): networks(words[1], {}) for words in lines if len(words) == 2}
        elif section.kind == "ipset":
            sets.append((f"+{section.name}", [words[0] for words in lines if words and not words[0].startswith("!")]))
    for name, members in sets:
        each = [networks(member, found) for member in members]
        found[name] = None if None in each else tuple(one for many in each for one in many or ())
    return found


def _bare(name: str) -> str:
    return name.removeprefix("+").removeprefix("GROUP ")


def _key(name: str) -> str:
    # aliases are found in any case of letters, sets are not: PVE::Firewall, verify_rule
    plain = name.replace("dc/", "", 1)
    return plain if plain.startswith("+") else plain.lower()
