"""Any document over any other: the data is that of RFC 7396, and each value's place is the line it was written on."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix.model.document import Document, Loc, read
from phoenix.model.overlay import laid_over

KEYS = st.sampled_from("abcd")
VALUES = st.recursive(
    st.integers(), lambda inner: st.dictionaries(KEYS, inner, max_size=3) | st.lists(inner, max_size=3), max_leaves=12
)
LOWER = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)
UPPER = st.recursive(
    st.none() | VALUES, lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3), max_leaves=8
).filter(lambda value: isinstance(value, dict))


def patched(target: Any, patch: Any) -> Any:
    """The algorithm of https://www.rfc-editor.org/rfc/rfc7396#section-2"""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = patched(result.get(key), value)
    return result


def document(folder: str, name: str, data: Any) -> Document:
    path = Path(folder) / name
    # each value on a line of its own, and YAML takes JSON
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")
    found, problems = read(path)
    assert found is not None, problems
    return found


def leaves(value: Any, loc: Loc = ()) -> list[tuple[Loc, int]]:
    if isinstance(value, int):
        return [(loc, value)]
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    return [leaf for step, below in steps for leaf in leaves(below, (*loc, step))]


def has_null(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and any(map(has_null, value.values())))


def meets_list(lower: Any, upper: Any) -> bool:
    """Whether a map lies over a list, which here means its entries by name."""
    if isinstance(lower, dict) and isinstance(upper, dict):
        return any(meets_list(lower[key], upper[key]) for key in lower.keys() & upper.keys())
    return isinstance(lower, list) and isinstance(upper, dict)


@settings(max_examples=300, deadline=None)
@given(LOWER, UPPER)
def test_any_document_over_any_other(lower: Any, upper: Any) -> None:
    with TemporaryDirectory() as folder:
        merged, problems = laid_over(document(folder, "lower", lower), document(folder, "upper", upper))
        by_name = meets_list(lower, upper)
        assert by_name or merged.data == patched(lower, upper)
        assert not problems or by_name or has_null(upper)
        for loc, leaf in leaves(merged.data):
            file, line = merged.at(loc)
            assert str(leaf) in Path(file).read_text(encoding="utf-8").splitlines()[line - 1]
