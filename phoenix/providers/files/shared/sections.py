"""Proxmox's firewall files as sections and lines, no byte of which is lost; their syntax is that of PVE::Firewall."""

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field

_HEADER = re.compile(
    r"\[(?P<kind>options|aliases|rules|ipset|group)(?:\s+(?P<name>\S+?))?\]\s*(?:#\s*(?P<comment>.*?))?", re.IGNORECASE
)

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass
class Section:
    """A header's line and those up to the next; what comes before the first has neither kind nor header.

    `kind` and `name` are in lower case, as Proxmox takes them.
    """

    kind: str = ""
    name: str = ""
    comment: str = ""
    first: int = 1
    """The number of its first line in the file."""
    lines: list[str] = field(default_factory=list)

    def only(self, wanted: Callable[[str], bool]) -> "Section":
        """A copy that says of its lines only those that are `wanted`."""
        kept = [self.lines[0], *(text for _, text in self.entries() if wanted(text))]
        return Section(self.kind, self.name, self.comment, self.first, kept)

    def says_nothing(self, but: Container[str]) -> bool:
        """Whether it has no line with anything in it, a comment even, but options of these keys.

        A set or a group says something by its name: others may refer to it.
        """
        if self.name:
            return False
        lines = (line.strip() for line in self.lines[1 if self.kind else 0 :])
        return all(not line or option(line)[0] in but for line in lines)

    def entries(self) -> Iterator[tuple[int, str]]:
        """Index in `lines` and the stripped text of each line that says something."""
        for index, line in enumerate(self.lines[1:] if self.kind else self.lines, 1 if self.kind else 0):
            text = line.strip()
            if text and not text.startswith("#"):
                yield index, text


def parse(text: str) -> list[Section]:
    """The sections of a file; together their lines are the whole text."""
    found = [Section()]
    for number, line in enumerate(_LINE.findall(text), 1):
        if header := _HEADER.fullmatch(line.strip()):
            kind, name = header["kind"].lower(), (header["name"] or "").lower()
            found.append(Section(kind, name, header["comment"] or "", number))
        found[-1].lines.append(line)
    return found


def joined(sections: list[Section]) -> str:
    """The file's text."""
    return "".join(line for section in sections for line in section.lines)


def option(text: str) -> tuple[str, str]:
    """Key, in lower case, and value of an option's line."""
    key, _, value = text.partition(":")
    return key.strip().lower(), value.strip()


def comment(rule: str) -> str:
    """The comment behind a rule."""
    return rule.partition("#")[2].strip()


def group_named(rule: str) -> str:
    """The security group that a rule brings in, empty for any other rule."""
    words = rule.removeprefix("|").split()
    return words[1] if len(words) > 1 and words[0].upper() == "GROUP" else ""
