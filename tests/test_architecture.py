"""The rooms' rules: who may know whom, and how kinds of resources are written."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import phoenix
import phoenix.providers
from phoenix.commands.changes import HIDDEN_FIELDS
from phoenix.providers.core.adapter import Provider
from phoenix.providers.core.reconciler import Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.specs.spec import Spec

# it has no types
dill: Any = importlib.import_module("dill")

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = [
    ROOT / "__main__.py",
    *sorted(path for room in ("phoenix", "components") for path in (ROOT / room).rglob("*")),
]
SOURCES = [path for path in PRODUCT if path.suffix == ".py"]
TEXTS = [path for path in PRODUCT if path.is_file() and "__pycache__" not in path.parts]
OURS = ("phoenix", "components", "lab", "toolchain", "tests")


def imports(path: Path) -> Iterator[str]:
    """Full names of every module or member that the file imports, inside functions as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def within(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def of_room(*rooms: str) -> list[Path]:
    return [path for path in SOURCES if within(short(path).removesuffix(".py").replace("/", "."), *rooms)]


@pytest.mark.parametrize("path", TEXTS, ids=short)
def test_the_product_cannot_tell_that_it_is_in_the_lab(path: Path) -> None:
    found = re.findall(r"(?i)\blab\b|\blab[._]|[._]lab\b|fakepve", path.read_text(encoding="utf-8"))
    assert found == []


def test_that_search_would_find_it() -> None:
    text = "if lab: from lab.inside import x  # FakePve, PHOENIX_LAB, a lab's; no label, no collaboration"
    assert len(re.findall(r"(?i)\blab\b|\blab[._]|[._]lab\b|fakepve", text)) == 5


DECLARED = tuple(
    f"phoenix.features.{name}"
    for name in ("feature", "registry", "surroundings", "docker", "nginx", "step_ca", "step_cli", "traefik")
)
"""What is declared of features; that nothing behind it comes along is tests/test_purity.py's to prove."""

ROOMS: dict[str, tuple[str, ...]] = {
    "phoenix.errors": (),
    "phoenix.garbage": (),
    "phoenix.redaction": (),
    "phoenix.console": ("phoenix.redaction",),
    "phoenix.settings": ("phoenix.errors", "phoenix.redaction"),
    "phoenix.setting_keys": ("phoenix.model", "phoenix.settings"),
    "phoenix.vocabulary": ("phoenix.vocabulary",),
    "phoenix.pki": ("phoenix.pki", "phoenix.errors", "phoenix.vocabulary"),
    "phoenix.specs": (
        *("phoenix.specs", "phoenix.vocabulary", "phoenix.errors"),
        *("phoenix.pki.kinds", "phoenix.pki.reasons"),
    ),
    "phoenix.model": (
        *("phoenix.model", "phoenix.vocabulary", "phoenix.errors", *DECLARED),
        *("phoenix.specs.artifact", "phoenix.pki.kinds"),
    ),
    "phoenix.plan": (
        *("phoenix.plan", "phoenix.specs", "phoenix.model", "phoenix.vocabulary", "phoenix.errors", *DECLARED),
        "phoenix.pki.kinds",
    ),
    "phoenix.importing": (
        *("phoenix.importing", "phoenix.model", "phoenix.vocabulary", "phoenix.errors", "phoenix.redaction"),
        *("phoenix.features.registry", "phoenix.pki.kinds"),
    ),
    "phoenix.reading": (
        *("phoenix.reading", "phoenix.importing.live.answers", "phoenix.importing.old", "phoenix.clients"),
        *("phoenix.features", "phoenix.providers.inside.feature", "phoenix.specs", "phoenix.model", "phoenix.pki"),
        *("phoenix.vocabulary", "phoenix.errors", "phoenix.redaction", "phoenix.settings"),
    ),
    "phoenix.clients": (
        *("phoenix.clients", "phoenix.specs.target", "phoenix.specs.portainer", "phoenix.vocabulary", "phoenix.pki"),
        *("phoenix.errors", "phoenix.redaction", "phoenix.console", "phoenix.settings"),
    ),
    "phoenix.features": (
        *("phoenix.features", "phoenix.specs.artifact", "phoenix.vocabulary", "phoenix.clients", "phoenix.pki"),
        *("phoenix.errors", "phoenix.redaction"),
    ),
    "phoenix.providers": (
        *("phoenix.providers", "phoenix.specs", "phoenix.vocabulary", "phoenix.clients", "phoenix.features"),
        *("phoenix.pki", "phoenix.errors", "phoenix.redaction", "phoenix.console", "phoenix.settings"),
    ),
    "phoenix.commands": (
        *("phoenix.commands", "phoenix.model", "phoenix.plan", "phoenix.specs", "phoenix.pki", "phoenix.clients"),
        *("phoenix.providers.pki.certificate", "phoenix.errors", "phoenix.redaction", "phoenix.console"),
        *("phoenix.settings", "phoenix.vocabulary", "phoenix.importing", "phoenix.reading"),
    ),
    "phoenix.program": (
        *("components", "phoenix.model", "phoenix.plan", "phoenix.providers.core.read_ahead", "phoenix.settings"),
        *("phoenix.setting_keys", "phoenix.errors"),
    ),
    "components": (
        *("components", "phoenix.plan", "phoenix.specs", "phoenix.providers", "phoenix.settings", "phoenix.errors"),
        # what hooks run by themselves, and the one word of their events
        *("phoenix.clients.shell", "phoenix.clients.ssh", "phoenix.model.HookEvent"),
        # the public half of the operator's key, and what stands for an encrypted file
        *("phoenix.clients.ssh_key", "phoenix.clients.sops", "phoenix.vocabulary.numbers"),
        "phoenix.features.registry",
    ),
}
"""Each room, and what of ours it may import; tests/lab_parts/test_rooms.py has the lab's row: none of the product."""


def test_every_module_is_in_a_room() -> None:
    homeless = {short(path) for path in SOURCES if path not in of_room("phoenix.__init__", *ROOMS)}
    assert homeless == {"__main__.py"}


@pytest.mark.parametrize(("room", "allowed"), ROOMS.items(), ids=ROOMS)
def test_a_room_knows_only_its_own(room: str, allowed: tuple[str, ...]) -> None:
    files = of_room(room)
    assert files
    wrong = {
        f"{short(path)}: {name}"
        for path in files
        for name in imports(path)
        if within(name, *OURS) and not within(name, *allowed)
    }
    assert wrong == set()


PURE = ("phoenix.vocabulary", "phoenix.specs", "phoenix.model", "phoenix.plan", "phoenix.pki", "phoenix.importing")


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_speaks_to_nobody(room: str) -> None:
    outside = {"pulumi", "requests", "asyncssh", "proxmoxer", "docker", "subprocess", "socket", "time", "random"}
    found = {f"{short(path)}: {name}" for path in of_room(room) for name in imports(path) if within(name, *outside)}
    assert found == set()


def test_only_the_core_knows_dynamic_providers() -> None:
    core = ROOT / "phoenix" / "providers" / "core"
    for path in SOURCES:
        imported = {name for name in imports(path) if within(name, "pulumi.dynamic")}
        used = re.search(r"pulumi\.dynamic\.\w|from pulumi import dynamic", path.read_text(encoding="utf-8"))
        assert path.parent == core or not (imported or used), short(path)


def test_only_components_and_kinds_know_pulumi() -> None:
    found = {short(path) for path in SOURCES if any(within(name, "pulumi", "pulumi_command") for name in imports(path))}
    found -= {"__main__.py", "phoenix/program.py"}
    assert {each.split("/")[0] for each in found if not each.startswith("phoenix/providers/")} == {"components"}


def test_nothing_of_the_product_imports_the_lab_the_tests_or_the_toolchain() -> None:
    found = {
        f"{short(path)}: {name}"
        for path in SOURCES
        for name in imports(path)
        if within(name, "lab", "tests", "toolchain", "fakepve")
    }
    assert found == set()


def _classes(base: type[Any]) -> list[type[Any]]:
    for module in pkgutil.walk_packages(phoenix.providers.__path__, "phoenix.providers."):
        importlib.import_module(module.name)
    found: set[type[Any]] = set()
    todo: list[type[Any]] = [base]
    while todo:
        for each in todo.pop().__subclasses__():
            # tests define kinds of their own
            if each.__module__.startswith("phoenix.") and "[" not in each.__name__:
                found.add(each)
            todo.append(each)
    return sorted(found, key=lambda each: each.__name__)


PROVIDERS = _classes(Provider)
RESOURCES = _classes(Resource)


def test_there_are_kinds() -> None:
    assert len(PROVIDERS) == len(RESOURCES) > 20


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda each: each.__name__)
def test_a_provider_is_pickled_by_reference(provider: type) -> None:
    """Its text in the state names a class of the installed package; code in there would be yesterday's."""
    assert issubclass(provider, Provider)
    pickled = dill.dumps(provider())
    assert len(pickled) < 300
    assert provider.__module__.encode() in pickled
    assert type(dill.loads(pickled)) is provider
    assert getattr(importlib.import_module(provider.__module__), provider.__name__) is provider


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda each: each.__name__)
def test_a_provider_has_its_reconciler(provider: type) -> None:
    assert issubclass(provider, Provider)
    reconciler = provider.reconciler
    assert isinstance(reconciler, Reconciler)
    assert issubclass(reconciler.spec, Spec)
    # one instance serves every resource of a run, from several threads
    assert not any(vars(reconciler).values())
    assert provider.serialize_as_secret_always is False
    # of these no preview shows a value
    assert reconciler.secret <= HIDDEN_FIELDS
    fields = reconciler.spec.model_fields.keys()
    assert reconciler.replace_on <= fields
    assert reconciler.refuse_on.keys() <= fields
    assert not reconciler.replace_on & reconciler.refuse_on.keys()
    assert all(reconciler.refuse_on.values())


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.__name__)
def test_a_resource_is_named_like_its_class(resource: type) -> None:
    assert resource.__doc__
    assert vars(resource)["type_name"] == f"pulumi-python:dynamic/phoenix:{resource.__name__}"


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_a_module_is_small_and_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 280
    assert not text or ast.get_docstring(ast.parse(text))
    # of a Swarm it is Docker's own word
    assert path.stem not in ("utils", "helpers", "manager", "common", "misc") or path.parent.name == "swarm"
