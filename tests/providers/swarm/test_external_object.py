"""What somebody else makes in a real Swarm: looked for by its whole name, told when missing, and left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from phoenix.errors import PhoenixError, UnobservableError
from phoenix.providers.swarm.external_object import ExternalObject, ExternalObjectReconciler
from tests.providers.core.managed import Managed
from tests.providers.swarm import managed_swarm, swarm_engine
from tests.providers.swarm.managed_swarm import ManagedSwarm


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    yield from swarm_engine.serve()


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[ManagedSwarm]:
    for swarm in managed_swarm.serve(tmp_path, monkeypatch, socket):
        yield swarm
        for kind in ("secret", "config"):
            for raw in getattr(swarm.client.api, f"{kind}s")():
                getattr(swarm.client.api, f"remove_{kind}")(raw["ID"])


def make(swarm: ManagedSwarm, kind: str, name: str) -> None:
    getattr(swarm.client.api, f"create_{kind}")(name, b"x", None)


def refusal(one: Managed) -> str:
    """What the engine is told of its inputs before anything is made."""
    one.provider._settings = one.settings
    return " ".join(each.reason for each in one.provider.check({}, one.inputs).failures)


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_one_that_is_missing_is_refused_in_the_preview(swarm: ManagedSwarm, kind: str) -> None:
    other = {"secret": "config", "config": "secret"}[kind]
    make(swarm, other, "theirs")
    make(swarm, kind, "theirs-2")
    one = swarm.managed(ExternalObject.provider(), kind=kind, name="theirs")
    assert f"the Swarm has no {kind} of that name" in refusal(one)
    assert f"`docker {kind} create theirs -`" in refusal(one)
    with pytest.raises(PhoenixError, match=f"no {kind} of that name"):
        one.up()
    make(swarm, kind, "theirs")
    assert refusal(one) == ""
    assert one.up()["name"] == "theirs"
    assert one.preview() == {}


def test_it_is_left_alone(swarm: ManagedSwarm) -> None:
    make(swarm, "secret", "theirs")
    one = swarm.managed(ExternalObject.provider(), kind="secret", name="theirs")
    one.up()
    one.provider.delete("id", one.inputs)
    (raw,) = swarm.client.api.secrets()
    assert (raw["Spec"]["Name"], raw["Spec"].get("Labels") or {}) == ("theirs", {})


def test_a_preview_goes_on_where_there_is_no_swarm_yet(swarm: ManagedSwarm) -> None:
    one = swarm.managed(ExternalObject.provider(), kind="secret", name="theirs")
    swarm.client.swarm.leave(force=True)
    try:
        with pytest.raises(UnobservableError, match="there is no Swarm yet"):
            ExternalObjectReconciler().admit(one.settings, one.spec)
        assert refusal(one) == ""
    finally:
        swarm.client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1")
