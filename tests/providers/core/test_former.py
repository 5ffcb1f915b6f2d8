"""A state that was written before kinds moved: `former_state.json` has each kind's provider as it stands in one."""

import base64
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from phoenix.providers import former
from phoenix.providers.core.adapter import Provider
from phoenix.providers.core.resource import Resource
from phoenix.providers.program.gate import Gate
from phoenix.specs.program import GateSpec
from tests.providers.core import engine

# it has no types
dill: Any = importlib.import_module("dill")

STATE: dict[str, str] = json.loads((Path(__file__).parent / "former_state.json").read_text())
PRESENT = {path: importlib.import_module(f"{former.HERE}.{present}") for path, present in former.PATHS.items()}
_ALONE = """
import base64, dill, json, sys
for name, text in json.load(sys.stdin).items():
    provider = dill.loads(base64.b64decode(text))
    print(name, type(provider).__module__, type(provider).__name__)
"""


def kinds() -> dict[str, type[Resource[Any]]]:
    """The kinds of the modules that moved, by their names."""
    found = [each for module in PRESENT.values() for each in vars(module).values() if isinstance(each, type)]
    return {each.__name__: each for each in found if issubclass(each, Resource) and each is not Resource}


KINDS = kinds()


def test_every_kind_that_moved_is_in_that_state() -> None:
    assert STATE.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", STATE)
def test_its_provider_is_the_present_one(kind: str) -> None:
    provider = dill.loads(base64.b64decode(STATE[kind]))
    assert type(provider) is KINDS[kind].provider
    assert isinstance(provider, Provider)
    assert provider.reconciler is KINDS[kind].provider.reconciler
    assert callable(provider.read)
    assert callable(provider.delete)


def test_a_process_that_knows_nothing_else_finds_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ALONE],
        input=json.dumps(STATE),
        cwd=engine.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split("\n")[:-1] == [
        f"{kind} {KINDS[kind].__module__} {KINDS[kind].provider.__name__}" for kind in STATE
    ]


@pytest.mark.parametrize("path", former.PATHS)
def test_a_former_path_gives_what_the_present_one_has(path: str) -> None:
    module, present = importlib.import_module(f"{former.HERE}.{path}"), PRESENT[path]
    assert module is not present
    providers = {name: each for name, each in vars(present).items() if name.endswith("Provider")}
    own = {name: each for name, each in providers.items() if each.__module__ == present.__name__}
    assert len(own) == (0 if path == "guest" else 1)
    for name, each in own.items():
        assert getattr(module, name) is each


def test_another_path_is_as_absent_as_ever() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"{former.HERE}.nothing")


@pytest.mark.engine
def test_the_engine_reads_keeps_and_deletes_what_a_former_provider_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.prepare(monkeypatch, engine.settings(tmp_path))
    made = engine.stack(tmp_path, lambda: _gates("first", "second"))
    made.up()
    state = made.export_stack()
    assert state.deployment is not None
    gates = [each for each in state.deployment["resources"] if each["type"].endswith(":Gate")]
    assert len(gates) == 2
    for gate in gates:
        gate["inputs"]["__provider"] = gate["outputs"]["__provider"] = STATE["Gate"]
    made.import_stack(state)
    one = engine.stack(tmp_path, lambda: _gates("first"))
    changes = one.up(refresh=True).summary.resource_changes
    assert changes == {"same": 2, "delete": 1}
    one.destroy(run_program=False)
    assert (one.export_stack().deployment or {}).get("resources", []) == []


def _gates(*stages: str) -> None:
    for stage in stages:
        Gate(stage, GateSpec(stage=stage))
