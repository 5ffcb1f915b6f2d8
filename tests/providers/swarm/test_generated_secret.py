"""Values that are drawn on the node, as secrets of a real Swarm: once, kept, drawn anew when asked, in no state."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docker.types.services import ContainerSpec, SecretReference, TaskTemplate

from phoenix.errors import PhoenixError
from phoenix.providers.swarm import generated_secret
from phoenix.providers.swarm.generated_secret import (
    ASKED,
    EXPOSED,
    MISSING,
    Close,
    Draw,
    Drop,
    GeneratedSecret,
    GeneratedSecretReconciler,
    Put,
)
from phoenix.specs.swarm import GeneratedSecretSpec
from tests.providers.core.managed import Managed
from tests.providers.swarm import managed_swarm, swarm_engine
from tests.providers.swarm.managed_swarm import DESIRED_MANAGER, ManagedSwarm


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    yield from swarm_engine.serve()


@dataclass
class Kept:
    """A Swarm, and the folder where its node keeps values."""

    swarm: ManagedSwarm
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "web_session"

    def managed(self, **fields: Any) -> Managed:
        given = {"base": "web_session", "path": str(self.file), "length": 32, **fields}
        return self.swarm.managed(GeneratedSecret.provider(), **given)

    def names(self) -> set[str]:
        return {raw["Spec"]["Name"] for raw in self.swarm.client.api.secrets()}

    def use(self, name: str) -> None:
        (identity,) = (raw["ID"] for raw in self.swarm.client.api.secrets() if raw["Spec"]["Name"] == name)
        self.swarm.run("web", TaskTemplate(ContainerSpec("none", secrets=[SecretReference(identity, name)])))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[Kept]:
    monkeypatch.setattr(generated_secret, "_drawn", set())
    for swarm in managed_swarm.serve(tmp_path, monkeypatch, socket):
        yield Kept(swarm, tmp_path / "values")
        swarm.stop_services()
        for raw in swarm.client.api.secrets():
            swarm.client.api.remove_secret(raw["ID"])


def asked(one: Managed, *names: str) -> None:
    """As a run with that setting does: a process of its own."""
    generated_secret._drawn.clear()
    one.settings = one.settings.model_copy(update={"rotate_secrets": names})


def test_it_is_drawn_once_and_kept_by_root(kept: Kept) -> None:
    one = kept.managed()
    name = one.up()["versioned_name"]
    value = kept.file.read_text()
    assert (len(value), value.isalnum()) == (32, True)
    assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.folder.stat().st_mode) == 0o700
    assert kept.names() == {name}
    assert one.preview() == {}
    # a state that was lost is no reason to draw another
    assert kept.managed().up()["versioned_name"] == name
    assert kept.file.read_text() == value


def test_the_value_is_in_no_state(kept: Kept) -> None:
    one = kept.managed()
    state = str(one.up()) + str(one.provider.read("id", one.recorded or {}).outs)
    assert kept.file.read_text() not in state


def test_asking_draws_another_once_and_old_ones_go_when_services_moved(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    one = kept.managed()
    names = [one.up()["versioned_name"]]
    kept.use(names[0])
    for asking in ("web_session", "*", "web_session"):
        asked(one, asking)
        assert one.preview()["value"] == ASKED
        names.append(one.up()["versioned_name"])
        # in the same run, and in the next without the setting
        assert one.preview() == {}
        kept.use(names[-1])
    assert "rotateSecrets asks for it: a new value is drawn" in capsys.readouterr().err
    assert len(set(names)) == 4
    assert kept.names() == set(names[-2:])
    asked(one, "another")
    assert one.preview() == {}


def test_another_length_is_another_value(kept: Kept) -> None:
    one = kept.managed()
    first = one.up()["versioned_name"]
    one.change(length=48)
    assert one.preview() == {"length": 32}
    assert one.up()["versioned_name"] != first
    assert len(kept.file.read_text()) == 48
    assert one.preview() == {}


def test_what_is_missing_comes_back(kept: Kept) -> None:
    one = kept.managed()
    name = one.up()["versioned_name"]
    kept.swarm.client.api.remove_secret(name)
    assert one.preview() == {"version": MISSING}
    assert one.up()["versioned_name"] == name
    kept.file.unlink()
    assert one.preview()["value"] == MISSING
    assert one.up()["versioned_name"] != name
    assert one.preview() == {}


def test_a_file_that_others_may_read_is_closed(kept: Kept) -> None:
    one = kept.managed()
    name = one.up()["versioned_name"]
    kept.file.chmod(0o644)
    assert one.preview() == {"value": EXPOSED}
    assert one.up()["versioned_name"] == name
    assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600


def test_a_run_that_ended_between_the_two_is_finished(kept: Kept) -> None:
    one = kept.managed()
    reconciler = GeneratedSecretReconciler()
    reconciler.perform(one.settings, one.spec, Draw())
    value = kept.file.read_text()
    one.up()
    assert kept.file.read_text() == value
    assert len(kept.names()) == 1


def test_the_value_moves_with_the_folder(kept: Kept) -> None:
    one = kept.managed()
    name, value = one.up()["versioned_name"], kept.file.read_text()
    other = kept.folder.parent / "elsewhere" / "web_session"
    one.change(path=str(other))
    assert one.up()["versioned_name"] == name
    assert other.read_text() == value
    assert not kept.file.exists()


def test_it_leaves_the_swarm_when_unused_and_stays_on_the_node(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    one = kept.managed()
    kept.use(one.up()["versioned_name"])
    with pytest.raises(PhoenixError, match="in use by the following service"):
        one.provider.delete("id", one.inputs)
    kept.swarm.stop_services()
    one.provider.delete("id", one.inputs)
    assert kept.names() == set()
    assert kept.file.exists()
    assert f"its value stays on the node, in {kept.file}" in capsys.readouterr().err


DESIRED = GeneratedSecretSpec.model_validate(
    {"manager": DESIRED_MANAGER, "base": "a", "path": "/var/lib/phoenix/secrets/a", "length": 32}
)


@pytest.mark.parametrize(
    ("live", "actions"),
    [
        ({}, []),
        (None, [Draw(), Put()]),
        ({"value": MISSING, "version": MISSING}, [Draw(), Put()]),
        ({"value": ASKED, "stale": ("a-1",)}, [Draw(), Put(), Drop("a-1")]),
        ({"length": 16}, [Draw(), Put()]),
        ({"value": EXPOSED}, [Close()]),
        ({"version": MISSING, "stale": ("a-1",)}, [Put(), Drop("a-1")]),
    ],
    ids=str,
)
def test_plan(live: dict[str, Any] | None, actions: list[object]) -> None:
    found = None if live is None else DESIRED.model_copy(update=live)
    assert GeneratedSecretReconciler().plan(found, DESIRED) == actions
