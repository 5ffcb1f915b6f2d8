"""Rules of others that decide before ours, and drop what ours let through."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from phoenix.providers.files.shared import sections
from phoenix.providers.files.shared.firewall import is_ours, read
from phoenix.providers.files.shared.match import Match, Networks, match, meet
from phoenix.providers.files.shared.names import meanings
from phoenix.specs.firewall import Group, Part

NAMED = 3


@dataclass(frozen=True)
class _Rule:
    place: str
    line: str
    ours: bool
    match: Match


@dataclass(frozen=True)
class Known:
    """What the cluster's file has for all others: its groups, and what its names stand for."""

    groups: Mapping[str, Group]
    names: Mapping[str, Networks]


def known(cluster: str) -> Known:
    """That of the file's text."""
    return Known(read(cluster).groups, meanings(cluster))


def before_the_nodes(host: str, host_path: str, cluster: str, cluster_path: str, content: str) -> list[str]:
    """What drops before the node's rules of `content`: the node's own file is read first, then the cluster's."""
    wanted, there = read(content), known(cluster)
    rules = [*_rules(host, host_path, Part(), there), *_rules(cluster, cluster_path, wanted, there)]
    told = list(_dropping(rules, there.names))
    if read(host).options.get("enable") == "0":
        told.append(f"{host_path}: with `enable: 0` none of the node's rules holds")
    return told


def before_a_guests(text: str, path: str, there: Known, content: str) -> list[str]:
    """What drops before a guest's rules, or drops all that it sends; `text` is its file."""
    rules = list(_rules(text, path, read(content), there))
    told = list(_dropping(rules, {**there.names, **meanings(text)}))
    for rule in rules:
        if not rule.ours and rule.match.drops and rule.match.direction == "out" and not rule.match.dest:
            told.append(f"{rule.place} `{rule.line}` drops what the guest itself sends")
    if read(text).options.get("policy_out", "ACCEPT").upper() != "ACCEPT":
        told.append(f"{path}: policy_out drops what the guest itself sends, unless a rule lets it out")
    return told


def _dropping(rules: list[_Rule], names: Mapping[str, Networks]) -> Iterator[str]:
    for index, rule in enumerate(rules):
        if rule.ours and not _by_name(rule.match):
            # the plan has judged those by themselves
            continue
        if rule.match.drops:
            hit = [
                later.line
                for later in rules[index + 1 :]
                if later.ours and later.match.action == "ACCEPT" and meet(rule.match, later.match, names)
            ]
            if hit:
                more = f" and {len(hit) - NAMED} more" if len(hit) > NAMED else ""
                lines = ", ".join(f"`{each}`" for each in hit[:NAMED])
                yield f"{rule.place} `{rule.line}` drops, in whole or in part, what comes later: {lines}{more}"


def _by_name(rule: Match) -> bool:
    return any(name[:1] == "+" or (name[:1].isalpha() and ":" not in name) for name in (rule.source, rule.dest))


def _rules(text: str, path: str, wanted: Part, there: Known) -> Iterator[_Rule]:
    """The file's rules in their order, each group's in its place."""
    for section in sections.parse(text):
        if section.kind != "rules":
            continue
        for index, line in section.entries():
            place, ours = f"{path}, line {section.first + index}:", is_ours(line, wanted)
            group = there.groups.get(sections.group_named(line))
            for each in group.rules if group and not line.startswith("|") else (line,):
                if found := match(each):
                    yield _Rule(place, each, ours, found)
