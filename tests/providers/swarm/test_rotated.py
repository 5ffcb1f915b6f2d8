"""Settings and files as secrets and configs of a real Swarm: made, adopted, moved, swept, and not in the state."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.client import DockerClient
from docker.types.services import ConfigReference, ContainerSpec, SecretReference, TaskTemplate

from phoenix.errors import PhoenixError
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.swarm.docker_config import DockerConfig, DockerConfigReconciler
from phoenix.providers.swarm.rotated import Adopt, Create, Drop
from phoenix.providers.swarm.setting_config import SettingConfig
from phoenix.providers.swarm.setting_secret import SettingSecret, SettingSecretReconciler
from phoenix.settings import Settings, _Source
from phoenix.specs.swarm import DockerConfigSpec, SettingSecretSpec
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
        for kind in ("secret", "config"):
            for raw in every(swarm.client, kind):
                getattr(swarm.client.api, f"remove_{kind}")(raw["ID"])


def every(client: DockerClient, kind: str) -> list[dict[str, Any]]:
    return list(getattr(client.api, f"{kind}s")())


def managed(swarm: ManagedSwarm, kind: str, version: str = "1") -> Managed:
    if kind == "secret":
        given = {"base": "admin", "name": f"admin-{version}", "setting": "portainer_admin_password"}
        return swarm.managed(SettingSecret.provider(), **given)
    given = {"base": "admin", "name": f"admin-{version}", "content": f"content {version}\n"}
    return swarm.managed(DockerConfig.provider(), **given)


def move(one: Managed, kind: str, version: str) -> None:
    one.change(name=f"admin-{version}", **({"content": f"content {version}\n"} if kind == "config" else {}))


def make(swarm: ManagedSwarm, kind: str, name: str, content: bytes, labels: dict[str, str] | None = None) -> None:
    getattr(swarm.client.api, f"create_{kind}")(name, content, labels)


def names(swarm: ManagedSwarm, kind: str) -> set[str]:
    return {raw["Spec"]["Name"] for raw in every(swarm.client, kind)}


def use(swarm: ManagedSwarm, kind: str, name: str) -> None:
    (identity,) = (raw["ID"] for raw in every(swarm.client, kind) if raw["Spec"]["Name"] == name)
    held: dict[str, Any] = (
        {"secrets": [SecretReference(identity, name)]}
        if kind == "secret"
        else {"configs": [ConfigReference(identity, name)]}
    )
    swarm.run("web", TaskTemplate(ContainerSpec("none", **held)))


both = pytest.mark.parametrize("kind", ["secret", "config"])


@both
def test_made_once_and_labelled(swarm: ManagedSwarm, kind: str) -> None:
    one = managed(swarm, kind)
    one.up()
    (raw,) = every(swarm.client, kind)
    assert raw["Spec"]["Name"] == "admin-1"
    assert raw["Spec"]["Labels"] == {"phoenix.base": "admin"}
    assert one.preview() == {}


@both
def test_one_that_is_there_is_adopted(swarm: ManagedSwarm, kind: str) -> None:
    make(swarm, kind, "admin-1", b"content 1\n", {"team": "web"})
    use(swarm, kind, "admin-1")
    (before,) = every(swarm.client, kind)
    one = managed(swarm, kind)
    one.up()
    (raw,) = every(swarm.client, kind)
    assert raw["ID"] == before["ID"]
    assert raw["Spec"]["Labels"] == {"team": "web", "phoenix.base": "admin"}
    assert one.preview() == {}


@both
def test_a_crash_before_the_state_is_written_loses_nothing(swarm: ManagedSwarm, kind: str) -> None:
    managed(swarm, kind).up()
    (before,) = every(swarm.client, kind)
    managed(swarm, kind).up()
    assert [raw["ID"] for raw in every(swarm.client, kind)] == [before["ID"]]


@both
def test_old_versions_go_when_their_service_has_moved(swarm: ManagedSwarm, kind: str) -> None:
    make(swarm, kind, "admin-of-others", b"x")
    one = managed(swarm, kind)
    one.up()
    use(swarm, kind, "admin-1")
    for version in ("2", "3", "4"):
        move(one, kind, version)
        assert "name" in one.preview()
        one.up()
        assert one.preview() == {}
    # the first is in use, and nobody came to use those between
    assert names(swarm, kind) == {"admin-1", "admin-4", "admin-of-others"}
    use(swarm, kind, "admin-4")
    assert one.preview() == {}
    move(one, kind, "5")
    one.up()
    assert names(swarm, kind) == {"admin-4", "admin-5", "admin-of-others"}
    assert one.preview() == {}


@both
def test_one_removed_by_hand_comes_back(swarm: ManagedSwarm, kind: str) -> None:
    one = managed(swarm, kind)
    one.up()
    move(one, kind, "2")
    one.up()
    getattr(swarm.client.api, f"remove_{kind}")("admin-2")
    assert one.preview()["name"] == "admin-1"
    one.up()
    assert names(swarm, kind) == {"admin-1", "admin-2"}


@both
def test_removal_is_refused_in_the_words_of_the_engine_while_used(swarm: ManagedSwarm, kind: str) -> None:
    one = managed(swarm, kind)
    one.up()
    use(swarm, kind, "admin-1")
    with pytest.raises(PhoenixError, match="in use by the following service: web"):
        one.provider.delete("id", one.inputs)
    swarm.stop_services()
    one.provider.delete("id", one.inputs)
    assert names(swarm, kind) == set()
    one.provider.delete("id", one.inputs)


def test_the_setting_is_in_no_state(swarm: ManagedSwarm) -> None:
    one = managed(swarm, "secret")
    state = str(one.up()) + str(one.provider.read("id", one.recorded or {}).outs)
    assert swarm.host.settings.portainer_admin_password.get_secret_value() not in state
    content = SettingSecretReconciler().content(swarm.host.settings, one.spec)
    assert content.decode() == swarm.host.settings.portainer_admin_password.get_secret_value()


def test_a_config_of_that_name_with_other_content_is_not_taken(swarm: ManagedSwarm) -> None:
    make(swarm, "config", "admin-1", b"something else")
    one = managed(swarm, "config")
    with pytest.raises(PhoenixError, match="admin-1 holds something else"):
        one.up()


def of_setting(swarm: ManagedSwarm, kind: str, value: str, version: str) -> Managed:
    """A stack's own secret or config of `phoenix:webText`, as the program asks for it."""
    provider = SettingSecret.provider() if kind == "secret" else SettingConfig.provider()
    one = swarm.managed(provider, base="web_text", name=f"web_text-{version}", setting="webText")
    one.settings = given(one, value)
    return one


def given(one: Managed, value: str) -> Settings:
    settings = one.settings.model_copy()
    settings._source = _Source({"webText": value}.get, {})
    return settings


@both
def test_a_setting_of_a_stack_changes_for_its_users(
    swarm: ManagedSwarm, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    one = of_setting(swarm, kind, "first-4f5e6d", "1")
    one.up()
    assert one.preview() == {}
    one.settings = given(one, "second-7c8b9a")
    one.change(name="web_text-2")
    assert one.preview() == {"name": "web_text-1"}
    assert "the setting holds another value: its services move from web_text-1 to web_text-2" in capsys.readouterr().err
    state = str(one.up()) + str(one.provider.read("id", one.recorded or {}).outs)
    assert names(swarm, kind) == {"web_text-1", "web_text-2"}
    assert [word for word in ("first-4f5e6d", "second-7c8b9a") if word in state] == []
    if kind == "config":
        contents = {raw["Spec"]["Name"]: base64.b64decode(raw["Spec"]["Data"]) for raw in every(swarm.client, kind)}
        assert contents == {"web_text-1": b"first-4f5e6d", "web_text-2": b"second-7c8b9a"}
    else:
        assert SettingSecretReconciler().content(one.settings, one.spec) == b"second-7c8b9a"


@both
def test_a_setting_that_is_gone_is_told_by_its_key(swarm: ManagedSwarm, kind: str) -> None:
    one = of_setting(swarm, kind, "x", "1")
    one.settings = one.settings.model_copy()
    one.settings._source = _Source(lambda _key: None, {})
    with pytest.raises(PhoenixError, match="phoenix:webText: a stack needs it"):
        one.up()
    assert names(swarm, kind) == set()


SECRET = SettingSecretSpec.model_validate(
    {"manager": DESIRED_MANAGER, "base": "a", "name": "a-2", "setting": "portainer_admin_password"}
)
CONFIG = DockerConfigSpec.model_validate({"manager": DESIRED_MANAGER, "base": "a", "name": "a-2", "content": "two"})


@pytest.mark.parametrize(
    ("live", "actions"),
    [
        ({}, []),
        (None, [Create("a-2")]),
        ({"name": "a-1"}, [Create("a-2")]),
        ({"label": "missing"}, [Adopt("a-2")]),
        ({"name": "a-1", "label": "missing"}, [Create("a-2")]),
        ({"stale": ("a-1",)}, [Drop("a-1")]),
        ({"name": "a-1", "stale": ("a-0",)}, [Create("a-2"), Drop("a-0")]),
    ],
    ids=str,
)
def test_plan(live: dict[str, Any] | None, actions: list[object]) -> None:
    secret = None if live is None else SECRET.model_copy(update=live)
    assert SettingSecretReconciler().plan(secret, SECRET) == actions
    config = None if live is None else CONFIG.model_copy(update=live)
    assert DockerConfigReconciler().plan(config, CONFIG) == actions


def test_other_content_under_the_same_name_is_refused() -> None:
    (refusal,) = DockerConfigReconciler().plan(CONFIG.model_copy(update={"content": "three"}), CONFIG)
    assert isinstance(refusal, Refuse)
    older = CONFIG.model_copy(update={"content": "one", "name": "a-1"})
    assert DockerConfigReconciler().plan(older, CONFIG) == [Create("a-2")]


@pytest.mark.parametrize(
    "wrong", [{"name": "b-2"}, {"name": "a"}, {"name": f"a-{'x' * 63}"}, {"setting": "proxmox_token"}], ids=str
)
def test_what_makes_no_version_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        SettingSecretSpec.model_validate({**SECRET.model_dump(), **wrong})
