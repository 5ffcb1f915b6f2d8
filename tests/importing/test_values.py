"""No value of an old file is dropped in silence: each is in a written file, or in the report with a reason."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from phoenix.importing.ledger import Entry, Fate
from phoenix.importing.report import as_json, as_markdown
from phoenix.model.document import Loc, field_name
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import plan
from phoenix.plan.every import specs
from tests.importing.versions import VERSIONS, Imported, imported


@pytest.fixture(params=VERSIONS)
def found(request: pytest.FixtureRequest) -> Imported:
    """Each version, imported."""
    return imported(request.param)


def _leaves(data: Any, loc: Loc) -> Iterator[tuple[Loc, Any]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    if not data or not isinstance(data, dict | list):
        yield loc, data
    for key, each in inner:
        yield from _leaves(each, (*loc, key))


def _read(path: Path) -> Any:
    """A file as plain data, whatever it is."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return json.loads(text)
    if path.suffix == ".env":
        return dict(line.split("=", 1) for line in text.splitlines() if line)
    return YAML(typ="safe").load(text)


def _at(data: Any, loc: Loc) -> Any:
    for step in loc:
        data = data[step]
    return data


def _old_leaves(root: Path) -> Iterator[tuple[str, str, Any]]:
    for path in sorted(each for each in root.rglob("*") if each.is_file()):
        for loc, value in _leaves(_read(path), ()):
            yield str(path.relative_to(root)), field_name(loc), value


def test_every_value_is_written_or_told(found: Imported) -> None:
    entries: dict[tuple[str, str], list[Entry]] = {}
    for each in found.made.ledger.entries:
        if each.old is not None:
            entries.setdefault((each.old.file.path, each.old.field), []).append(each)
    written = {str(path.relative_to(found.target)): _read(path) for path in found.target.rglob("*") if path.is_file()}
    leaves = [*_old_leaves(found.root)]
    assert len(leaves) > 900
    for file, field, value in leaves:
        assert (file, field) in entries, f"{file}: {field} is nowhere"
        for entry in entries[file, field]:
            if entry.fate in (Fate.KEPT, Fate.SPELLED, Fate.CHANGED) and entry.value is not None:
                assert entry.new is not None
                new = _at(written[entry.new.file], entry.new.loc)
                assert str(new) == str(entry.value), f"{file}: {field}"
                if entry.fate is Fate.KEPT:
                    assert str(new) == str(value), f"{file}: {field}"
            assert entry.why or entry.fate in (Fate.KEPT, Fate.SPELLED), f"{file}: {field} without a reason"


def test_what_is_spelled_otherwise_means_the_same(found: Imported) -> None:
    """Numbers that were texts, lists that were texts, an equals sign, a part of a path: nothing of a value is lost."""
    for each in found.made.ledger.entries:
        if each.fate is Fate.SPELLED and each.old is not None:
            value = str(int(each.value) if isinstance(each.value, bool) else each.value).lower()
            new, before = (re.sub(r"[^a-z0-9]", "", text) for text in (value, str(each.old.data).lower()))
            assert new in before or before in new, each.old.place


def test_what_was_written_can_be_planned(found: Imported) -> None:
    assert len([*specs(plan(found.cluster, Choices()))]) > 80


def test_the_reports_have_every_change(found: Imported) -> None:
    told, text = as_json(found.made), as_markdown(found.made)
    assert len(told["values"]) == len(found.made.ledger.entries)
    assert told["not_read"] == told["missing"] == []
    for each in found.made.ledger.entries:
        if each.fate in (Fate.CHANGED, Fate.LEFT_OUT, Fate.ADDED, Fate.SECRET):
            assert f"### {each.why}" in text
            shown = each.whole or each.old
            if shown is not None:
                assert f"| {shown.file.path}:{shown.file.line(shown.loc)} | {shown.field} |" in text.replace("\\|", "|")
    json.dumps(told)


def test_a_written_file_says_where_it_comes_from(found: Imported) -> None:
    text = (found.target / "config/guests/101-nginx-phoenix.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../schema/guest.json\n# from etc/phoenix_lxc_configs.json")
    assert "# added roles[0]: the old system knew its gateway by the name Nginx-Phoenix\nroles: [gateway]\n" in text
