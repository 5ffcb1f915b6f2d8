"""Changes to the sections of a firewall file that leave every other line where it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from phoenix.providers.files.shared.sections import Section, option
from phoenix.specs.firewall import Group, group_lines


def put_options(parsed: list[Section], wanted: Mapping[str, str]) -> None:
    """Gives each option its value: in its own line, or in a new one behind the others."""
    for key, value in wanted.items():
        lines = list(_of_option(parsed, key))
        if not lines:
            section = _section(parsed, "options", 1)
            last = max((index for index, _ in section.entries()), default=_blank(section))
            _insert(section, last + 1, [f"{key}: {value}"])
        else:
            # of several the last one counts
            section, index, there = lines[-1]
            if there != value:
                section.lines[index] = f"{key}: {value}\n"


def put_rules(parsed: list[Section], wanted: Sequence[str], is_ours: Callable[[str], bool]) -> None:
    """Replaces the rules that are ours where the first of them stands.

    Where there is none yet they come before all others, so that none of these decides before them.
    """
    place: tuple[Section, int] | None = None
    for section in (each for each in parsed if each.kind == "rules"):
        ours = [index for index, text in section.entries() if is_ours(text)]
        if ours and place is None:
            place = section, ours[0]
        for index in reversed(ours):
            del section.lines[index]
    if wanted:
        if place is None:
            behind = [i for i, each in enumerate(parsed) if each.kind in ("", "options", "aliases", "ipset")]
            section = _section(parsed, "rules", 1 + max(behind))
            place = section, 1 + _blank(section)
        _insert(*place, wanted)


def put_groups(parsed: list[Section], wanted: Mapping[str, Group], found: Mapping[str, Group]) -> None:
    """Brings the groups that were `found` to what is `wanted`; new ones stand at the end."""
    for section in [each for each in parsed if each.kind == "group" and each.name in found]:
        group = wanted.get(section.name)
        if group is None:
            parsed.remove(section)
        elif group != found[section.name]:
            section.lines = _lines(section.name, group)
    _end(parsed[-1])
    parsed += [Section("group", name, lines=_lines(name, group)) for name, group in wanted.items() if name not in found]


def _of_option(parsed: list[Section], key: str) -> Iterator[tuple[Section, int, str]]:
    for section in (each for each in parsed if each.kind == "options"):
        for index, text in section.entries():
            found, value = option(text)
            if found == key:
                yield section, index, value


def _lines(name: str, group: Group) -> list[str]:
    return [f"{line}\n" for line in [*group_lines(name, group), ""]]


def _section(parsed: list[Section], kind: str, place: int) -> Section:
    """The first section of that kind; a new one at `place` where there is none."""
    for each in parsed:
        if each.kind == kind:
            return each
    new = Section(kind, lines=[f"[{kind.upper()}]\n", "\n", "\n"])
    _end(parsed[place - 1])
    parsed.insert(place, new)
    return new


def _blank(section: Section) -> int:
    """The index of the empty line behind the header, that of the header where there is none."""
    return 1 if len(section.lines) > 1 and not section.lines[1].strip() else 0


def _insert(section: Section, index: int, lines: Sequence[str]) -> None:
    _end(section)
    section.lines[index:index] = [f"{line}\n" for line in lines]


def _end(section: Section) -> None:
    if section.lines and not section.lines[-1].endswith("\n"):
        section.lines[-1] += "\n"
