"""What became of what was read, for people and for machines. No value of a secret is in it."""

from collections.abc import Iterable, Iterator
from typing import Any

from phoenix.importing.configuration import Configuration
from phoenix.importing.ledger import Entry, Fate
from phoenix.importing.old import Old
from phoenix.model.problem import shown
from phoenix.redaction import redact

_TITLES = {
    Fate.CHANGED: "Changed",
    Fate.LEFT_OUT: "Left out",
    Fate.SECRET: "Secrets",
    Fate.ADDED: "Added",
}
_WORDS = {
    Fate.CHANGED: "These values are others than those that were read.",
    Fate.LEFT_OUT: "These values have no place in the configuration.",
    Fate.SECRET: "These values are in no file. Give each again, by the commands above.",
    Fate.ADDED: "Nothing that was read holds these values. Look at each.",
}


def as_json(made: Configuration) -> dict[str, Any]:
    """Every value of the old files, with what became of it."""
    return {
        "files": sorted([*(each.path for each in made.files), *made.texts]),
        "missing": made.ledger.missing,
        "not_read": [{"file": path, "reason": why} for path, why in made.ledger.unread],
        "commands": commands(made),
        "values": [_value(each) for each in made.ledger.entries],
    }


def _value(entry: Entry) -> dict[str, Any]:
    old, new = entry.old, entry.new
    return {
        "fate": str(entry.fate),
        "old_file": old.file.path if old else None,
        "old_line": old.file.line(old.loc) if old else None,
        "old_key": old.field if old else None,
        "old_value": redact(old.shown) if old else None,
        "new_file": new.file if new else None,
        "new_key": new.field if new else None,
        "new_value": None if entry.value is None else redact(shown(entry.value)),
        "reason": entry.why,
    }


def commands(made: Configuration) -> list[str]:
    """What gives the secrets to the stacks of Pulumi, which asks for each value."""
    return [
        f"pulumi config set --secret phoenix:{key}{f' --stack {environment}' if environment else ''}"
        for key, environment in made.ledger.settings
    ]


def as_markdown(made: Configuration) -> str:
    """The report for people: entries with one reason stand together."""
    counts = {fate: sum(1 for each in made.ledger.entries if each.fate is fate) for fate in Fate}
    lines = ["# Imported", "", "| values | |", "|---|---|"]
    lines += [f"| {fate} | {count} |" for fate, count in counts.items()]
    lines += ["", f"Written: {len(made.files) + len(made.texts)} files."]
    if made.ledger.missing:
        lines += ["", "## Missing", "", *(f"- {each}" for each in made.ledger.missing)]
    if made.ledger.settings:
        lines += ["", "## Secrets to set", "", "Each command asks for the value.", ""]
        for command, what in zip(commands(made), made.ledger.settings.values(), strict=True):
            lines += [f"    {command}    # {what}"]
    for fate in _TITLES:
        lines += _section(fate, [each for each in made.ledger.entries if each.fate is fate])
    if made.ledger.unread:
        lines += ["", "## Files that were not read", ""]
        lines += _not_read(made.ledger.unread)
    return redact("\n".join(lines) + "\n")


def _section(fate: Fate, entries: list[Entry]) -> Iterator[str]:
    if not entries:
        return
    yield from ("", f"## {_TITLES[fate]}", "", _WORDS[fate])
    reasons: dict[str, list[Entry]] = {}
    for each in entries:
        reasons.setdefault(each.why, []).append(each)
    for why, group in reasons.items():
        yield from ("", f"### {why}", "")
        yield from _rows(group)


def _rows(entries: Iterable[Entry]) -> Iterator[str]:
    yield from ("| old file | key | value | new file | key | value |", "|---|---|---|---|---|---|")
    told: set[tuple[object, ...]] = set()
    for each in entries:
        new = each.new
        # what was left out as a whole is one line
        old = each.whole if new is None else each.old
        line = (old.file.path, old.loc) if old and new is None else (id(each),)
        if line in told:
            continue
        told.add(line)
        cells = [
            _place(old) if old else "",
            old.field if old else "",
            "" if old is None or isinstance(old.data, dict | list) else old.shown,
            new.file if new else "",
            new.field if new else "",
            "" if each.value is None else shown(each.value),
        ]
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _place(old: Old) -> str:
    """An answer of a machine has no lines."""
    return f"{old.file.path}:{old.file.line(old.loc)}" if old.file.lines else old.file.path


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _not_read(unread: list[tuple[str, str]]) -> Iterator[str]:
    folders: dict[tuple[str, str], list[str]] = {}
    for path, why in unread:
        folders.setdefault((path.rpartition("/")[0], why), []).append(path)
    for (folder, why), paths in folders.items():
        # a folder of scripts is one line
        what = f"{folder or '.'}: {len(paths)} files" if len(paths) > 3 else ", ".join(paths)
        yield f"- {what}: {why}"
