"""A firewall file that is not ours alone: what in it is ours, and its text with another part of ours.

Ours are rules and groups with the mark of `phoenix.specs.firewall`, the options that we give, and the line that brings
our group into a guest's file. All other bytes stay.
"""

import re

from phoenix.providers.files.shared import edit, sections
from phoenix.providers.files.shared.sections import Section
from phoenix.specs.firewall import Group, Part, is_marked, render, unmarked

TAKEN = "rename that group in Proxmox, or write `phoenix` as its comment if it is ours; nothing was changed"
_OF_A_GUEST = re.compile(r"guest-\d+")


class TakenError(Exception):
    """A group of others has the name of one of ours."""


def read(text: str) -> Part:
    """Everything in a file that Proxmox would take: of a file of ours alone, our part."""
    return _part(sections.parse(text))


def own(text: str, content: str) -> str:
    """Our part of `text`, as a file's content: `content` where it says the same; empty where there is none."""
    wanted = read(content)
    found = read(text) if is_former(text) else _part(_ours(sections.parse(text), wanted))
    if found == Part():
        return ""
    return content if found == wanted else render(found)


def with_ours(text: str, content: str) -> str:
    """`text` with `content` as our part; raises TakenError."""
    if not text.strip() or is_former(text):
        return content
    if own(text, content) == content:
        return text
    if not without_ours(text, content):
        return content
    for name in taken(text, content):
        raise TakenError(f"security group {name} is there without our mark")
    wanted, parsed = read(content), sections.parse(text)
    found = _part(_ours(parsed, wanted))
    edit.put_options(parsed, wanted.options)
    if found.rules != wanted.rules:
        edit.put_rules(parsed, wanted.rules, lambda rule: is_ours(rule, wanted))
    edit.put_groups(parsed, wanted.groups, found.groups)
    return sections.joined(parsed)


def without_ours(text: str, content: str) -> str:
    """`text` without what is ours; empty when nothing of others remains.

    Beside things of others our options stay: without `enable` Proxmox would switch those off.
    """
    if is_former(text):
        return ""
    wanted, parsed = read(content), sections.parse(text)
    edit.put_groups(parsed, {}, _part(_ours(parsed, wanted)).groups)
    edit.put_rules(parsed, (), lambda rule: is_ours(rule, wanted))
    alone = all(each.says_nothing(wanted.options if each.kind == "options" else ()) for each in parsed)
    return "" if alone else sections.joined(parsed)


def taken(text: str, content: str) -> list[str]:
    """The names of our groups that groups of others have."""
    if is_former(text):
        return []
    wanted = read(content)
    of_groups = [each for each in sections.parse(text) if each.kind == "group" and each.name in wanted.groups]
    return [each.name for each in of_groups if not _is_our_group(each, wanted)]


def is_former(text: str) -> bool:
    """Whether it is wholly ours from before there was a mark: exactly what was written then, all groups guests'."""
    whole = read(text)
    of_guests = all(
        _OF_A_GUEST.fullmatch(name) and group.comment and not is_marked(group.comment)
        for name, group in whole.groups.items()
    )
    return bool(whole.groups) and of_guests and render(whole) == text


def is_ours(rule: str, wanted: Part) -> bool:
    """Whether a line of `[RULES]` is ours, switched off or not; before there was a mark it had none."""
    group = sections.group_named(rule)
    if is_marked(sections.comment(rule)):
        return True
    if group:
        by_name = (each for each in wanted.rules if not is_marked(sections.comment(each)))
        return group in map(sections.group_named, by_name)
    return rule in map(unmarked, wanted.rules)


def _is_our_group(section: Section, wanted: Part) -> bool:
    group = wanted.groups.get(section.name)
    by_name = group is not None and f"# {section.comment}" == unmarked(f"# {group.comment}")
    return is_marked(section.comment) or by_name


def _ours(parsed: list[Section], wanted: Part) -> list[Section]:
    """The sections with nothing in them but what is ours."""
    found = []
    for each in parsed:
        if each.kind == "group":
            found += [each] if _is_our_group(each, wanted) else []
        elif each.kind == "options":
            found.append(each.only(lambda line: sections.option(line)[0] in wanted.options))
        elif each.kind == "rules":
            found.append(each.only(lambda line: is_ours(line, wanted)))
    return found


def _part(parsed: list[Section]) -> Part:
    options: dict[str, str] = {}
    rules: list[str] = []
    groups: dict[str, Group] = {}
    for section in parsed:
        lines = tuple(line for _, line in section.entries())
        if section.kind == "options":
            options |= dict(map(sections.option, lines))
        elif section.kind == "rules":
            rules += lines
        elif section.kind == "group":
            groups[section.name] = Group(section.comment, lines)
    return Part(options, tuple(rules), groups)
