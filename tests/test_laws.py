"""Laws over the product's text: nothing declared in vain, no advice that lies, nothing untyped between the rooms."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from phoenix.features.feature import Declared
from phoenix.features.registry import FEATURES
from phoenix.model import Cluster, ClusterFile, LxcGuest, StackManifest, VmGuest
from phoenix.model.artifacts import ArtifactsFile
from phoenix.model.base import Model
from phoenix.model.cluster import CertificatesFile
from phoenix.model.explained import explain
from phoenix.settings import Settings
from phoenix.specs.guest import LxcSpec, VmSpec, keyed

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [
    ROOT / "__main__.py",
    *(p for room in ("phoenix", "components") for p in sorted((ROOT / room).rglob("*.py"))),
]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def models(*roots: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Every model that is reachable from the roots' fields, by name."""
    found: dict[str, type[BaseModel]] = {}
    todo: list[object] = list(roots)
    while todo:
        each = todo.pop()
        if isinstance(each, type) and issubclass(each, BaseModel) and each.__name__ not in found:
            found[each.__name__] = each
            todo += [field.annotation for field in each.model_fields.values()]
        todo += [argument for argument in get_args(each) if not isinstance(argument, str)]
    return found


WRITTEN = models(ArtifactsFile, ClusterFile, LxcGuest, VmGuest, CertificatesFile, StackManifest)
"""Whatever the configuration's files are made of, features included."""


def test_the_vocabulary_is_found() -> None:
    assert {"Node", "Paths", "Mount", "Hook", "DockerSecrets", "StackService", "Vllm", "FirewallRule"} <= WRITTEN.keys()
    assert Cluster.__name__ not in WRITTEN


@cache
def reads() -> set[str]:
    """Names of attributes that the product reads."""
    found: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                found.add(node.attr)
    return found


@pytest.mark.parametrize("model", WRITTEN.values(), ids=WRITTEN)
def test_every_key_of_the_configuration_is_read(model: type[BaseModel]) -> None:
    # what a spec marks as a key of Proxmox's is taken by its name
    unread = model.model_fields.keys() - reads() - keyed(LxcSpec).keys() - keyed(VmSpec).keys()
    # the discriminators say which model it is
    assert unread <= {"type", "name"} & {n for n, f in model.model_fields.items() if "Literal" in str(f.annotation)}


def keys() -> set[str]:
    """Every key of a configuration file, every setting and every feature, as an operator writes it."""
    settings = {field.alias or name for name, field in Settings.model_fields.items()}
    of_files = {name for model in WRITTEN.values() for name in model.model_fields}
    return of_files | settings | FEATURES.keys()


ADVICE = ("next_step", "advice", "allowed")
"""Arguments and names of what tells an operator what to write."""


def texts(node: ast.AST) -> Iterator[str]:
    """The plain text of strings below a node; what is filled in does not count."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def advice() -> Iterator[tuple[str, str]]:
    """Where, and what, the product tells an operator to do."""
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            yield from ((short(path), text) for part in advising(node) for text in texts(part))


def advising(node: ast.AST) -> list[ast.expr]:
    """The expressions of a node that become advice."""
    if isinstance(node, ast.keyword) and node.arg in ADVICE:
        return [node.value]
    if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id in ADVICE for each in node.targets):
        return [node.value]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        return node.args if called in ("failure", "Refuse", "Refusal", "StepCaError") else []
    return []


COMMANDS = re.compile(r"`[^`]*`")
SETTING = re.compile(r"phoenix:([a-zA-Z]+)")
WORD = re.compile(r"(?<![\w./-])([a-z]+(?:_[a-z]+)+)\b(?![./])")
"""A word that only a key, a feature or a file can be."""
NOT_KEYS = {"known_hosts", "ssh_host_"}


def test_there_is_advice() -> None:
    assert len(list(advice())) > 150


def test_every_setting_that_advice_names_exists() -> None:
    known = {field.alias or name for name, field in Settings.model_fields.items()}
    wrong = {(path, name) for path, text in advice() for name in SETTING.findall(text) if name not in known}
    assert wrong == set()


def test_every_key_that_advice_names_exists() -> None:
    known = keys() | NOT_KEYS
    wrong = {
        (path, word) for path, text in advice() for word in WORD.findall(COMMANDS.sub("", text)) if word not in known
    }
    assert wrong == set()


def test_a_key_that_does_not_exist_would_be_found() -> None:
    assert WORD.findall("set leave_other_swarm, then run again") == ["leave_other_swarm"]
    assert "leave_other_swarm" not in keys()
    assert SETTING.findall("set phoenix:allowReboots to true") == ["allowReboots"]


UNTYPED = re.compile(r"\b(?:dict|Mapping|MutableMapping)\[str, (?:Any|object)\]")
BETWEEN = ("phoenix/plan/", "phoenix/specs/", "components/")


def public_annotations(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Name and annotation of what a module shows to others: fields, parameters, results."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from public_annotations(node.body)
        elif isinstance(node, ast.FunctionDef) and (not node.name.startswith("_") or node.name == "__init__"):
            shown = [(each.arg, each.annotation) for each in (*node.args.args, *node.args.kwonlyargs)]
            shown.append(("return", node.returns))
            yield from ((f"{node.name}.{name}", ast.unparse(each)) for name, each in shown if each is not None)
        elif isinstance(node, ast.AnnAssign):
            yield ast.unparse(node.target), ast.unparse(node.annotation)


def test_nothing_untyped_flows_between_plan_components_and_providers() -> None:
    wrong = {
        f"{short(path)}: {name}: {annotation}"
        for path in SOURCES
        if short(path).startswith(BETWEEN) and short(path) != "components/hooks.py"
        for name, annotation in public_annotations(tree(path).body)
        if UNTYPED.search(annotation)
    }
    assert wrong == set()


def test_only_the_console_speaks_to_the_operator_on_the_way() -> None:
    """Whatever a run says passes by the one place that masks secrets."""
    wrong = {
        short(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "stderr" and ast.unparse(node) == "sys.stderr"
    }
    assert wrong == {"phoenix/console.py"}


def test_only_commands_print_results() -> None:
    wrong = {
        short(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert {path for path in wrong if not path.startswith("phoenix/commands/")} == {"phoenix/console.py"}


@pytest.mark.parametrize("model", WRITTEN.values(), ids=WRITTEN)
def test_every_key_of_the_configuration_is_explained_to_an_editor(model: type[BaseModel]) -> None:
    for base in (Model, Declared):
        explain(base)
    unexplained = {name for name, field in model.model_fields.items() if not field.description}
    # of a feature the name says it all
    assert unexplained <= ({"name"} if "features" in model.__module__ else set())
