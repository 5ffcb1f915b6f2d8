"""Versioned secrets in a real Swarm: created, moved, swept, and never of another version than they say."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from docker.client import DockerClient
from docker.types.services import ContainerSpec, SecretReference, TaskTemplate
from hypothesis import given
from hypothesis import strategies as st

from phoenix.clients.swarm_objects import StoredObject, stale
from phoenix.errors import PhoenixError
from phoenix.pki import keys
from phoenix.pki.chain import fingerprint, to_pem
from phoenix.providers.swarm.docker_secret import DockerSecret, DockerSecretReconciler
from phoenix.providers.swarm.rotated import Create, Drop
from phoenix.specs.swarm import DockerSecretSpec
from tests.loopback_ssh import Loopback
from tests.pki.authority import Authority
from tests.providers.core.managed import Managed
from tests.providers.swarm import managed_swarm, swarm_engine
from tests.providers.swarm.managed_swarm import DESIRED_MANAGER, ManagedSwarm


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    yield from swarm_engine.serve()


@dataclass
class Swarm:
    """A Swarm, and a pair on its manager's node."""

    engine: ManagedSwarm
    room: Path
    authority: Authority
    names: Iterator[str]

    @property
    def client(self) -> DockerClient:
        return self.engine.client

    @property
    def host(self) -> Loopback:
        return self.engine.host

    def renew(self) -> str:
        chain, key = self.authority.issue()
        self.room.mkdir(exist_ok=True)
        (self.room / "cert.pem").write_bytes(chain.pem)
        (self.room / "key.pem").write_bytes(keys.private_pem(key))
        (self.room / "root_ca.crt").write_bytes(to_pem(self.authority.root))
        return fingerprint(chain.leaf)

    def managed(self, **fields: Any) -> Managed:
        given: dict[str, Any] = {
            "name": next(self.names),
            "source": str(self.room / "key.pem"),
            **({} if "fingerprint" in fields else {"fingerprint": self.renew()}),
        }
        return self.engine.managed(DockerSecret.provider(), **{**given, **fields})

    def versions(self, base: str) -> set[str]:
        return {one["Spec"]["Name"] for one in self.client.api.secrets(filters={"label": f"phoenix.base={base}"})}

    def use(self, service: str, secret: str) -> None:
        """Creates the service, or moves it to that secret."""
        identity = self.client.api.secrets(filters={"name": secret})[0]["ID"]
        self.engine.run(service, TaskTemplate(ContainerSpec("none", secrets=[SecretReference(identity, secret)])))


_names = iter(f"secret{number}" for number in range(10_000))


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket: Path) -> Iterator[Swarm]:
    for engine in managed_swarm.serve(tmp_path, monkeypatch, socket):
        yield Swarm(engine, tmp_path / "pair", Authority(), _names)


def test_created_once_under_a_versioned_name(swarm: Swarm) -> None:
    secret = swarm.managed()
    outputs = secret.up()
    name = f"{secret.spec.name}-{secret.spec.fingerprint[:12]}"
    assert outputs["versioned_name"] == name
    assert swarm.versions(secret.spec.name) == {name}
    assert secret.preview() == {}
    found = swarm.client.api.secrets(filters={"name": name})[0]["Spec"]["Labels"]
    assert found == {"phoenix.base": secret.spec.name, "phoenix.fingerprint": secret.spec.fingerprint}


def test_a_renewal_keeps_what_is_used_and_sweeps_the_rest(swarm: Swarm) -> None:
    secret = swarm.managed()
    names = [secret.up()["versioned_name"]]
    swarm.use("web", names[0])
    for _ in range(3):
        secret.change(fingerprint=swarm.renew())
        assert secret.preview().keys() == {"fingerprint"}
        names.append(secret.up()["versioned_name"])
        assert secret.preview() == {}
        swarm.use("web", names[-1])
        assert secret.preview() == {}
    assert swarm.versions(secret.spec.name) == set(names[-2:])


def test_an_old_version_in_use_stays_until_its_service_has_moved(swarm: Swarm) -> None:
    secret = swarm.managed(keep=0)
    old = secret.up()["versioned_name"]
    swarm.use("web", old)
    secret.change(fingerprint=swarm.renew())
    new = secret.up()["versioned_name"]
    assert swarm.versions(secret.spec.name) == {old, new}
    assert secret.preview() == {}
    swarm.use("web", new)
    assert secret.preview() == {"stale": [old]}
    secret.up()
    assert swarm.versions(secret.spec.name) == {new}
    assert secret.preview() == {}


def test_a_version_that_no_service_came_to_use_goes_before_the_one_in_use(swarm: Swarm) -> None:
    secret = swarm.managed()
    used = secret.up()["versioned_name"]
    swarm.use("web", used)
    for _ in range(2):
        # the run ends before its service has moved
        secret.change(fingerprint=swarm.renew())
        present = secret.up()["versioned_name"]
        assert swarm.versions(secret.spec.name) == {used, present}
    swarm.use("web", present)
    assert secret.preview() == {}


def test_a_secret_removed_by_hand_comes_back(swarm: Swarm) -> None:
    secret = swarm.managed()
    first = secret.up()["versioned_name"]
    secret.change(fingerprint=swarm.renew())
    second = secret.up()["versioned_name"]
    swarm.client.api.remove_secret(second)
    assert secret.preview().keys() == {"fingerprint"}
    secret.up()
    assert swarm.versions(secret.spec.name) == {first, second}
    for name in (first, second):
        swarm.client.api.remove_secret(name)
    assert DockerSecretReconciler().observe(swarm.host.settings, secret.spec) is None


def test_a_root_is_a_version_of_itself(swarm: Swarm) -> None:
    swarm.renew()
    root = fingerprint(swarm.authority.root)
    secret = swarm.managed(fingerprint=root, source=str(swarm.room / "root_ca.crt"))
    assert secret.up()["versioned_name"].endswith(root[:12])


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda room: (room / "key.pem").unlink(), "it is missing"),
        (lambda room: (room / "cert.pem").write_text("garbage"), "no readable certificate"),
        (lambda room: (room / "cert.pem").write_bytes(Authority().issue()[0].pem), "expected was"),
        (
            lambda room: (room / "key.pem").write_bytes(keys.private_pem(Authority().key)),
            "does not match the certificate beside it",
        ),
    ],
)
def test_nothing_of_another_version_becomes_a_secret(swarm: Swarm, break_it: Any, words: str) -> None:
    secret = swarm.managed()
    break_it(swarm.room)
    with pytest.raises(PhoenixError, match=words):
        secret.up()
    assert swarm.versions(secret.spec.name) == set()


def test_removal_is_refused_in_the_words_of_the_engine_while_used(swarm: Swarm) -> None:
    secret = swarm.managed()
    name = secret.up()["versioned_name"]
    swarm.use("web", name)
    with pytest.raises(PhoenixError, match="in use by the following service"):
        secret.provider.delete("id", secret.inputs)
    swarm.engine.stop_services()
    secret.provider.delete("id", secret.inputs)
    assert swarm.versions(secret.spec.name) == set()
    secret.provider.delete("id", secret.inputs)


def test_the_key_is_in_no_state(swarm: Swarm) -> None:
    secret = swarm.managed()
    state = str(secret.up()) + str(secret.provider.read("id", secret.recorded or {}).outs)
    assert (swarm.room / "key.pem").read_text().splitlines()[1] not in state
    assert secret.spec.fingerprint in state


DESIRED = DockerSecretSpec.model_validate(
    {
        "manager": DESIRED_MANAGER,
        "name": "tls",
        "source": "/quickOS/certificates/portainer/key.pem",
        "fingerprint": "0123456789abcdef",
    }
)


@pytest.mark.parametrize(
    ("live", "actions"),
    [
        ({}, []),
        (None, [Create("tls-0123456789ab")]),
        ({"fingerprint": "ff"}, [Create("tls-0123456789ab")]),
        ({"stale": ("tls-1", "tls-2")}, [Drop("tls-1"), Drop("tls-2")]),
        ({"fingerprint": "ff", "stale": ("tls-1",)}, [Create("tls-0123456789ab"), Drop("tls-1")]),
    ],
    ids=str,
)
def test_plan(live: dict[str, Any] | None, actions: list[object]) -> None:
    found = None if live is None else DESIRED.model_copy(update=live)
    assert DockerSecretReconciler().plan(found, DESIRED) == actions


VERSIONS = st.lists(
    st.builds(StoredObject, st.sampled_from("abcdefgh"), st.integers(0, 99), st.booleans(), st.just({}), st.just(b"")),
    unique_by=(lambda one: one.name, lambda one: one.created),
)


@given(VERSIONS, st.integers(0, 3))
def test_sweeping_is_safe_bounded_and_done_at_once(versions: list[StoredObject], keep: int) -> None:
    gone = stale(versions, "a", keep)
    left = [one for one in versions if one.name not in gone]
    by_name = {one.name: one for one in versions}
    assert "a" not in gone
    assert not any(by_name[name].used for name in gone)
    assert len([one for one in left if one.name != "a" and not one.used]) <= keep
    assert stale(left, "a", keep) == ()
    if len([one for one in versions if one.name != "a" and one.used]) <= keep:
        moved = [replace(one, used=one.name == "a") for one in left]
        assert stale(moved, "a", keep) == ()


def test_names_that_docker_would_refuse_are_refused() -> None:
    for name in ("", "-a", "a b", "x" * 52):
        with pytest.raises(ValueError):
            DockerSecretSpec.model_validate({**DESIRED.model_dump(), "name": name})
