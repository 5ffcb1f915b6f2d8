"""Secrets and configs of a stack's manifest among the resources: made before the stack, taken away after it."""

import pytest

from phoenix.model import load
from phoenix.settings import _Source
from tests.components import program
from tests.components.program import Program
from tests.plan.reference import ROOT
from tests.plan.test_secrets import BASE, MANIFEST, stacks

VALUES = {"qdrantPassword": "password-of-qdrant-1", "qdrantText": "text-of-qdrant-2"}
MADE = {
    f"secret-{BASE}_password": "SettingSecret",
    "secret-drawn-here": "GeneratedSecret",
    "secret-made-by-hand": "ExternalObject",
    "secret-old-form": "ExternalObject",
    "config-own-text": "SettingConfig",
    "config-made-by-hand": "ExternalObject",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("built")
    # the encrypted file needs a program and a key, which tests/lab has
    manifest = MANIFEST.replace("{file: secrets/tls.key}", "{setting: qdrantPassword}")
    settings = program.settings(folder)
    settings._source = _Source({**VALUES, "databasePassword": "password-of-db-3"}.get, {})
    return program.run(load(ROOT / "config", stacks(folder, manifest), "production"), settings)


def test_each_is_a_resource_that_the_stack_depends_on(built: Program) -> None:
    stack = built.named("stack-qdrant_service")
    direct = {each.name for each in built.resources if each.urn in stack.waits_for}
    for name, kind in MADE.items():
        (found,) = built.kinds(kind) if kind in ("GeneratedSecret", "SettingConfig") else [built.named(name)]
        assert (found.name, found.kind) == (name, kind)
        assert name in direct


def test_other_stacks_do_not_move_with_them(built: Program) -> None:
    other = built.named("stack-thinkheads_ai_app")
    assert not {each.name for each in built.resources if each.urn in other.waits_for} & MADE.keys()


def test_no_input_holds_a_value(built: Program) -> None:
    texts = [text for each in built.resources for text in each.texts()]
    assert [text for text in texts if any(value in text for value in VALUES.values())] == []


def test_the_compose_file_is_made_of_the_names_that_come_back(built: Program) -> None:
    text = built.named("stack-qdrant_service").inputs["compose"]
    assert "secret-drawn-here.versioned_name" in text
    assert f"{BASE}_password-" in text
