"""Overlay networks in a real Swarm: made, adopted, made anew while unused, and never taken from under a service."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.types.services import ContainerSpec, TaskTemplate

from phoenix.clients import docker_engine
from phoenix.errors import PhoenixError, UnobservableError
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.swarm import overlay_network
from phoenix.providers.swarm.overlay_network import OverlayNetwork, OverlayNetworkReconciler, Step
from phoenix.specs.swarm import OverlayNetworkSpec
from tests.providers.core.managed import Managed
from tests.providers.swarm import managed_swarm, swarm_engine
from tests.providers.swarm.managed_swarm import DESIRED_MANAGER, ManagedSwarm


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    yield from swarm_engine.serve()


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[ManagedSwarm]:
    for swarm in managed_swarm.serve(tmp_path, monkeypatch, socket):
        yield swarm
        swarm.stop_services()
        for raw in swarm.client.api.networks(filters={"driver": "overlay"}):
            if not raw["Ingress"]:
                swarm.client.api.remove_network(raw["Id"])


def network(swarm: ManagedSwarm, **fields: Any) -> Managed:
    return swarm.managed(OverlayNetwork.provider(), **{"name": "traefik-public", **fields})


def found(swarm: ManagedSwarm, name: str = "traefik-public") -> dict[str, Any]:
    (raw,) = (raw for raw in swarm.client.api.networks(names=[name]) if raw["Name"] == name)
    return dict(raw)


def use(swarm: ManagedSwarm, name: str = "traefik-public") -> None:
    swarm.run("web", TaskTemplate(ContainerSpec("none"), networks=[{"Target": name}]))


@pytest.mark.parametrize("encrypted", [False, True])
def test_made_once_as_asked(swarm: ManagedSwarm, encrypted: bool) -> None:
    one = network(swarm, encrypted=encrypted)
    one.up()
    raw = found(swarm)
    assert (raw["Driver"], raw["Scope"], raw["Attachable"]) == ("overlay", "swarm", True)
    assert ("encrypted" in raw["Options"]) is encrypted
    assert one.preview() == {}


def test_one_that_is_there_is_adopted_with_its_services(swarm: ManagedSwarm) -> None:
    swarm.client.api.create_network("traefik-public", driver="overlay", attachable=True, labels={"team": "web"})
    swarm.client.api.create_network("traefik-public-2", driver="overlay")
    use(swarm)
    before = found(swarm)["Id"]
    one = network(swarm)
    one.up()
    assert found(swarm)["Id"] == before
    assert one.preview() == {}


def test_one_that_is_removed_by_hand_comes_back(swarm: ManagedSwarm) -> None:
    one = network(swarm)
    one.up()
    swarm.client.api.remove_network("traefik-public")
    assert OverlayNetworkReconciler().observe(swarm.host.settings, one.spec) is None
    one.recorded = None
    one.up()
    assert found(swarm)["Attachable"]


@pytest.mark.parametrize("change", [{"attachable": False}, {"encrypted": True}], ids=str)
def test_what_is_fixed_for_life_changes_while_unused_only(swarm: ManagedSwarm, change: dict[str, Any]) -> None:
    one = network(swarm)
    one.up()
    use(swarm)
    before = found(swarm)["Id"]
    one.change(**change)
    assert one.preview().keys() == change.keys()
    with pytest.raises(PhoenixError, match="cannot be changed while it is used by service web"):
        one.up()
    assert found(swarm)["Id"] == before
    swarm.stop_services()
    assert one.preview().keys() == change.keys()
    one.up()
    assert found(swarm)["Id"] != before
    assert one.preview() == {}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ingress", "driver overlay, scope swarm, ingress"), ("docker_gwbridge", "driver bridge, scope local")],
)
def test_another_network_of_that_name_is_not_taken(swarm: ManagedSwarm, name: str, kind: str) -> None:
    one = network(swarm, name=name)
    before = found(swarm, name)["Id"]
    with pytest.raises(PhoenixError, match=f"another network of that name: {kind}"):
        one.up()
    one.provider.delete("id", one.inputs)
    assert found(swarm, name)["Id"] == before


def test_an_engine_that_left_its_swarm_has_no_network_and_can_be_asked(swarm: ManagedSwarm) -> None:
    one = network(swarm)
    one.up()
    swarm.client.swarm.leave(force=True)
    try:
        assert OverlayNetworkReconciler().observe(swarm.host.settings, one.spec) is None
        one.provider.delete("id", one.inputs)
    finally:
        swarm.client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1")


def test_removal_names_who_uses_it_and_is_done_once(swarm: ManagedSwarm) -> None:
    one = network(swarm)
    one.up()
    use(swarm)
    with pytest.raises(PhoenixError, match=r"it is used by service web\b"):
        one.provider.delete("id", one.inputs)
    swarm.stop_services()
    one.provider.delete("id", one.inputs)
    assert swarm.client.api.networks(names=["traefik-public"]) == []
    one.provider.delete("id", one.inputs)


def test_an_engine_that_cannot_be_reached_is_not_an_absent_network(
    swarm: ManagedSwarm, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    one = network(swarm)
    one.up()
    monkeypatch.setattr(docker_engine, "REMOTE_SOCKET", str(swarm.host.sandbox / "nothing.sock"))
    monkeypatch.setattr(docker_engine, "_clients", {})
    with pytest.raises(UnobservableError):
        OverlayNetworkReconciler().observe(swarm.host.settings, one.spec)
    assert one.preview() == {}
    assert "its recorded state is kept" in capfd.readouterr().err


DESIRED = OverlayNetworkSpec.model_validate({"manager": DESIRED_MANAGER, "name": "net"})


@pytest.mark.parametrize(
    ("live", "actions"),
    [
        ({}, []),
        (None, [Step.CREATE]),
        ({"attachable": False}, [Step.REMOVE, Step.CREATE]),
        ({"encrypted": True}, [Step.REMOVE, Step.CREATE]),
        ({"encrypted": True, "users": ("service web",)}, "encrypted is True, not False, which cannot be changed"),
        ({"kind": "driver bridge, scope local"}, "another network of that name: driver bridge, scope local"),
        ({"kind": "driver bridge, scope local", "attachable": False}, "another network of that name"),
    ],
    ids=str,
)
def test_plan(live: dict[str, Any] | None, actions: list[Step] | str) -> None:
    found = OverlayNetworkReconciler().plan(None if live is None else DESIRED.model_copy(update=live), DESIRED)
    if isinstance(actions, str):
        (refusal,) = found
        assert isinstance(refusal, Refuse)
        assert actions in refusal.cause
    else:
        assert found == actions


def test_a_network_that_the_swarm_has_not_allocated_yet_is_waited_for() -> None:
    """A busy engine lists it for a moment without a driver."""
    made = {"Name": "a", "Driver": "overlay", "Scope": "swarm"}
    answers = iter([[], [{**made, "Driver": ""}], [made]])
    client: Any = SimpleNamespace(api=SimpleNamespace(networks=lambda names: next(answers)))  # noqa: ARG005
    assert overlay_network._find(client, "a") is None
    assert overlay_network._find(client, "a") == made
