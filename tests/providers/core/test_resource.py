"""How a kind is declared: what is derived from it, what flows into it, and what of it is secret."""

import json
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

from phoenix.providers.core.adapter import Provider
from phoenix.providers.core.resource import Resource
from tests.providers.core import engine
from tests.providers.core.recorded_kind import Record, RecordReconciler, RecordSpec

KIND = RecordReconciler()
PASSWORD = "hunter-two-hunter"
SECRET_KEY = "4dabf18193072939515e22adb298388d"
"""Marks a secret's ciphertext in a state."""


class Shown(Resource[RecordSpec], reconciler=KIND):
    """A kind that gives one of its fields to others, and an output."""

    size: pulumi.Output[int]
    fingerprint: pulumi.Output[str]


class Bare(Resource[RecordSpec], reconciler=KIND):
    """A kind without outputs."""


def test_outputs_are_what_is_annotated_and_is_no_field() -> None:
    assert Shown.outputs == ("fingerprint",)
    assert Record.outputs == ("fingerprint", "token")
    assert Bare.outputs == ()


@pytest.mark.parametrize("kind", [Shown, Bare])
def test_its_provider_is_found_where_the_state_looks_for_it(kind: type[Resource[Any]]) -> None:
    assert issubclass(kind.provider, Provider)
    assert kind.provider.reconciler is KIND
    assert vars(sys.modules[kind.__module__])[f"{kind.__name__}Provider"] is kind.provider


def test_what_flows_into_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="Record has no field colour, shape"):
        Record("one", RecordSpec(path="/a"), shape="round", size=2, colour="red")


@pytest.mark.engine
def test_values_flow_and_secrets_are_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.prepare(monkeypatch, engine.settings(tmp_path))

    def program() -> None:
        one = Record("one", RecordSpec(path=str(tmp_path / "one"), size=3, password=PASSWORD))
        Record("two", RecordSpec(path=str(tmp_path / "two")), note=one.fingerprint, password=one.token)

    engine.stack(tmp_path, program).up()
    two = json.loads((tmp_path / "two").read_text())
    assert (two["note"], two["password"]) == ("size-3", f"token-{engine.AGENT_SECRET}")
    state = json.loads((tmp_path / "state/.pulumi/stacks/phoenix/test.json").read_text())
    records = [each for each in state["checkpoint"]["latest"]["resources"] if each["type"].endswith(":Record")]
    assert len(records) == 2
    for record in records:
        assert record["additionalSecretOutputs"] == ["password", "token"]
        secret = (record["inputs"]["password"], record["outputs"]["password"], record["outputs"]["token"])
        assert all(SECRET_KEY in value for value in secret)
        assert SECRET_KEY not in json.dumps(record["outputs"]["fingerprint"])
    text = engine.recorded(tmp_path)
    assert PASSWORD not in text
    assert engine.AGENT_SECRET not in text
