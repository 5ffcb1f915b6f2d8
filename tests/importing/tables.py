"""The tables of docs/import.md: `python -m tests.importing.tables` writes them anew."""

from pathlib import Path

from tests.importing.comparison import GENERATION, SUBJECTS, Line
from tests.importing.versions import VERSIONS

DOCUMENT = Path(__file__).parents[2] / "docs" / "import.md"


def summary() -> list[str]:
    """How many of each are the same, and how many are not."""
    lines = ["| files of | compared by | subject | same | otherwise |", "|---|---|---|---|---|"]
    for version in VERSIONS:
        for subject, compare in SUBJECTS.items():
            found = compare(version)
            same = sum(1 for each in found if not each.why)
            lines.append(f"| {version} | {GENERATION[version]} | {subject} | {same} | {len(found) - same} |")
    return lines


def deviations() -> list[str]:
    """What is otherwise, with the reason; rules with one reason on one owner are one line."""
    lines = ["| files of | subject | what | old | new | why |", "|---|---|---|---|---|---|"]
    for version in VERSIONS:
        for subject, compare in SUBJECTS.items():
            found = [each for each in compare(version) if each.why]
            lines += _of_rules(version, found) if subject == "firewall rules" else _each(version, subject, found)
    return lines


def _each(version: str, subject: str, found: list[Line]) -> list[str]:
    return [
        f"| {version} | {subject} | {each.key} | {each.old or 'none'} | {each.new or 'none'} | {each.why} |"
        for each in found
    ]


def _of_rules(version: str, found: list[Line]) -> list[str]:
    grouped: dict[tuple[str, str], list[Line]] = {}
    for each in found:
        grouped.setdefault((each.key.partition(" ")[0], each.why), []).append(each)
    lines = []
    for (owner, why), group in grouped.items():
        rules = "<br>".join(f"`{each.key.partition(' ')[2]}`" for each in group)
        old, new = ("there" if getattr(group[0], side) else "none" for side in ("old", "new"))
        name = owner if owner == "node" else f"guest {owner}"
        lines.append(f"| {version} | firewall rules | {name}: {rules} | {old} | {new} | {why} |")
    return lines


def written(text: str) -> str:
    """The document with the tables as they are now."""
    for name, lines in (("summary", summary), ("deviations", deviations)):
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = "\n".join([before + begin, *lines(), end + after])
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
