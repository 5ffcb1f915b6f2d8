"""Our part of one of Proxmox's firewall files: its text, and the mark by which it is known beside what others have.

When somebody edits a file in Proxmox's interface, Proxmox writes all of it anew: free comment lines go, sections and
groups are sorted. The comments of rules and of groups stay (PVE::Firewall, save_clusterfw_conf), so the mark is there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MARK = "phoenix"
_MARKED = re.compile(rf"{MARK}(:|$)")
_MARK_OF_A_LINE = re.compile(rf"(?: ?# {MARK}$|(?<=# ){MARK}: (?P<rest>))")


def marked(comment: str) -> str:
    """The comment with the mark in front of it."""
    return comment if is_marked(comment) else f"{MARK}: {comment}" if comment else MARK


def unmarked(line: str) -> str:
    """The line as it was written before there was a mark in its comment."""
    return _MARK_OF_A_LINE.sub(r"\g<rest>", line, count=1)


def is_marked(comment: str) -> bool:
    """Whether it is the comment of something of ours."""
    return bool(_MARKED.match(comment))


@dataclass(frozen=True)
class Group:
    """A security group: its comment, and its rules in their order."""

    comment: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """Options, rules and security groups, each rule as its line."""

    options: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)


def render(part: Part) -> str:
    """The text of a file that has nothing but `part`."""
    lines = ["[OPTIONS]", "", *(f"{key}: {value}" for key, value in part.options.items()), ""]
    lines += ["[RULES]", "", *part.rules]
    for name, group in part.groups.items():
        lines += ["", *group_lines(name, group)]
    return "\n".join(lines) + "\n"


def group_lines(name: str, group: Group) -> list[str]:
    """The section of one group, without the empty line behind it."""
    return [f"[group {name}]" + (f" # {group.comment}" if group.comment else ""), "", *group.rules]
