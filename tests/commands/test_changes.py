"""What a preview would change, from the engine's own event log."""

import json
from pathlib import Path
from typing import Any

import pytest

from phoenix.commands.changes import HIDDEN, NOTHING, UNKNOWN, Change, Field, Seen, seen
from phoenix.redaction import register

RECORDED = Path(__file__).parent / "preview.jsonl"
"""Of a preview with Pulumi 3.259: a drifted guest, a forced renewal with what waits for it, a new copy and stack."""


def test_a_recorded_preview() -> None:
    with RECORDED.open() as events:
        found = seen(events)
    known = {each.name: each for each in found.changes}
    assert [(each.operation, each.kind, each.name) for each in found.changes] == [
        ("update", "Lxc", "801-granite-embedding"),
        ("update", "Certificate", "certificate-portainer"),
        ("create", "CertificateCopy", "copy-extra-102"),
        ("update", "DockerSecret", "secret-portainer_tls_key"),
        ("update", "SwarmStack", "stack-portainer_service"),
        ("create", "PortainerStack", "stack-news"),
    ]
    assert known["801-granite-embedding"].fields == (Field("memory_mb", "1024", "72000"),)
    assert known["certificate-portainer"].fields == (Field("renew", "forced", "no"),)
    assert [(each.path, each.after) for each in known["stack-portainer_service"].fields] == [("compose", UNKNOWN)]
    new = {each.path: each for each in known["copy-extra-102"].fields}
    assert new["target.vmid"] == Field("target.vmid", NOTHING, "102")
    assert new["fingerprint"].after == UNKNOWN
    assert {each.path: each.after for each in known["stack-news"].fields}["env"] == HIDDEN
    assert found.remarks == (
        "certificate/docker-daemon: renew: forced",
        "certificate extra: is there already, and is taken over: renew file missing on the node -> no",
        "certificate/portainer: renew: forced",
    )
    assert (found.refused, found.unread) == ((), ())


def step(operation: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> str:
    sides = {name: side and {"inputs": side} for name, side in (("old", old), ("new", new))}
    metadata = {"op": operation, "urn": "urn:pulumi:dev::phoenix::pulumi-python:dynamic/phoenix:FileSet::dns", **sides}
    return json.dumps({"resourcePreEvent": {"metadata": metadata}})


def fields(old: dict[str, Any], new: dict[str, Any]) -> tuple[Field, ...]:
    (found,) = seen([step("update", old, new)]).changes
    return found.fields


SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [Field("a.c", "2", "3")]),
        ({"a": [1]}, {"a": [1, 2]}, [Field("a", "[1]", "[1, 2]")]),
        ({"a": {"b": 1}}, {}, [Field("a.b", "1", NOTHING)]),
        ({"a": {}}, {"a": None}, [Field("a", "{}", NOTHING)]),
        ({"a": {"b": 1}}, {"a": "text"}, [Field("a", '{"b": 1}', "text")]),
        ({"a": "x"}, {"a": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}, [Field("a", "x", UNKNOWN)]),
        ({"__provider": "x"}, {"__provider": "y", "output": None}, []),
        ({"connection": SECRET}, {"connection": {**SECRET, "ciphertext": "y"}}, [Field("connection", HIDDEN, HIDDEN)]),
        # a variable that only the live stack has may be a secret that somebody put there by hand
        ({"env": {"PASSWORD": "by-hand"}}, {"env": {"B": "1"}},
         [Field("env.B", NOTHING, HIDDEN), Field("env.PASSWORD", HIDDEN, NOTHING)]),
        ({"env": {"A": "by-hand"}}, {"env": SECRET}, [Field("env", HIDDEN, HIDDEN)]),
    ],
)  # fmt: skip
def test_fields(old: dict[str, Any], new: dict[str, Any], wanted: list[Field]) -> None:
    assert list(fields(old, new)) == wanted


def test_a_registered_secret_is_masked_everywhere() -> None:
    register("s3cr3t-of-this-test")
    assert fields({"a": "x s3cr3t-of-this-test"}, {"a": ["s3cr3t-of-this-test"]}) == (
        Field("a", "x [secret]", '["[secret]"]'),
    )
    assert seen([told("info#err", "remark s3cr3t-of-this-test")]).remarks == ("remark [secret]",)


def test_a_replacement_is_one_change_and_a_removal_has_no_fields() -> None:
    both = [step(each, {"a": 1}, {"a": 2}) for each in ("create-replacement", "replace", "delete-replaced")]
    (change,) = seen(both).changes
    assert (change.operation, change.fields) == ("replace", (Field("a", "1", "2"),))
    (change,) = seen([step("delete", {"a": 1}, None)]).changes
    assert change == Change(change.urn, "delete")
    looked = [step("refresh", {"a": 1}, {"a": 2}), step("same", {"a": 2}, {"a": 2})]
    assert seen(looked) == Seen(unchanged=1)


def told(severity: str, message: str) -> str:
    return json.dumps({"diagnosticEvent": {"severity": severity, "message": message}})


def test_what_is_told_is_sorted() -> None:
    unread = "guest 1001: cannot be read on 10.0.0.13: its guest agent gave no SSH host key: VM 1001\nnot running"
    events = [
        told("error", "<{%reset%}>guest 101: resize failed: no\n  next: ask<{%reset%}>\n"),
        told("error", "an unhandled error occurred: program exited with non-zero exit code: 1"),
        told("error", "preview failed"),
        told("info#err", f"warning: {unread}; its recorded state is kept\n"),
        told("info#err", "guest 5: is there already, and is taken over as it is"),
        told("info#err", "looking at the cluster: 5 s"),
        told("warning", "using pulumi-language-python from $PATH"),
        told("debug", "registering resource"),
    ]
    found = seen(events + events)
    assert found.refused == ("guest 101: resize failed: no\n  next: ask",)
    assert found.unread == (f"{unread}; its recorded state is kept",)
    assert found.remarks == ("guest 5: is there already, and is taken over as it is",)
