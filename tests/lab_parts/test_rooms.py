"""The lab's rooms: nothing in it knows the product, and no modules import each other in a circle."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("phoenix", "components")


def programs() -> Iterator[tuple[str, str]]:
    """Full name and text of everything below lab/ that is Python, the node's commands as well."""
    for path in sorted((ROOT / "lab").rglob("*")):
        if path.is_file() and (path.suffix == ".py" or path.read_bytes().startswith(b"#!/usr/bin/python3")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path.read_text(encoding="utf-8")


TEXTS = dict(programs())


def imports(text: str) -> Iterator[str]:
    """Full names of every module or member that is imported: in functions and for type checks as well."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import: {ast.unparse(node)}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_product(text: str) -> list[str]:
    return [name for name in imports(text) if name.split(".")[0] in PRODUCT]


def circle(texts: Mapping[str, str]) -> list[str]:
    """Modules of which each imports the next, the first one again at the end; empty when there is no such circle."""
    known = {name: {found for each in imports(text) if (found := module(each, texts))} for name, text in texts.items()}
    try:
        TopologicalSorter(known).prepare()
    except CycleError as e:
        return list(reversed(e.args[1]))
    return []


def module(name: str, texts: Mapping[str, str]) -> str | None:
    """The module that has this name, or has a member by this name."""
    return next((each for each in (name, name.rpartition(".")[0]) if each in texts), None)


def test_nothing_of_the_lab_imports_the_product() -> None:
    assert len(TEXTS) > 50
    assert {name: found for name, text in TEXTS.items() if (found := of_product(text))} == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle(TEXTS) == []


def test_that_both_searches_would_find_it() -> None:
    assert of_product("import phoenixes\ndef f():\n    from phoenix.model import x") == ["phoenix.model.x"]
    check = "if TYPE_CHECKING:\n    from lab.c import C"
    assert circle({"lab.a": "from lab import b", "lab.b": check, "lab.c": "import json"}) == []
    found = circle({"lab.a": "from lab import b", "lab.b": check, "lab.c": "import lab.a"})
    assert len(found) == 4
    assert set(found) == {"lab.a", "lab.b", "lab.c"}
