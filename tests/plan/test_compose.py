"""Compose files as they are deployed: labels, placement, versioned names, configs, variables."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from phoenix.model import Cluster, Stack, StackEnvironment, VmGuest
from phoenix.model.placement import Folder, bound_directories
from phoenix.model.stack import Placement, deployed_name
from phoenix.plan import compose
from phoenix.plan.digests import content_version
from phoenix.specs.stacks import FromSetting
from tests.plan.reference import ENVIRONMENTS, reference

SECRETS = {
    "portainer_tls_cert": "portainer_tls_cert-1a2b",
    "portainer_tls_key": "portainer_tls_key-1a2b",
    "portainer_admin_password": "portainer_admin_password-9f9f",
}


def deployed(name: str, cluster: Cluster | None = None) -> tuple[Stack, StackEnvironment, VmGuest]:
    cluster = cluster or reference()
    for guest in cluster.machines:
        for each in cluster.stacks_of(guest):
            if each.stack.name == name:
                return each.stack, each.environment, guest
    raise KeyError(name)


def rendered(name: str, environment: str = "production", secrets: dict[str, str] = SECRETS) -> dict[str, Any]:
    text = compose.render(*deployed(name, reference(environment)), secrets, {})
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def test_the_labels_are_the_services_and_their_variables_are_filled_in() -> None:
    service = rendered("thinkheads_ai_app", "testing")["services"]["thinkheads_ai_app"]
    name = "thinkheads_ai_app_testing"
    assert service["deploy"]["labels"] == {
        "traefik.enable": "true",
        f"traefik.http.routers.{name}.rule": "Host(`testing.thinkheads.internal.thinkheads.ai`)",
        f"traefik.http.routers.{name}.entrypoints": "websecure",
        f"traefik.http.routers.{name}.tls": "true",
        f"traefik.http.services.{name}.loadbalancer.server.port": "8001",
    }
    # the Swarm reads labels of the service, not of the container
    assert "labels" not in service


def test_a_service_without_labels_gets_none() -> None:
    services = rendered("portainer_service")["services"]
    assert all("labels" not in each["deploy"] for each in services.values())


@pytest.mark.parametrize("name", ["portainer_service", "qdrant_service", "thinkheads_ai_app"])
def test_only_replicated_services_are_placed_on_their_guest(name: str) -> None:
    stack, _, guest = deployed(name)
    for service, found in rendered(name)["services"].items():
        before = stack.compose["services"][service]["deploy"]["placement"]["constraints"]
        here = [] if found["deploy"].get("mode") == "global" else [f"node.hostname == {guest.name}"]
        assert found["deploy"]["placement"]["constraints"] == [*before, *here]


def test_the_agent_runs_everywhere() -> None:
    agent = rendered("portainer_service")["services"]["agent"]["deploy"]
    assert (agent["mode"], agent["placement"]["constraints"]) == ("global", ["node.platform.os == linux"])


def test_secrets_have_their_versioned_names_behind_the_keys_of_the_file() -> None:
    document = rendered("portainer_service")
    assert document["secrets"] == {key: {"external": True, "name": name} for key, name in SECRETS.items()}
    assert document["services"]["portainer"]["secrets"] == list(SECRETS)


@pytest.mark.parametrize("missing", SECRETS)
def test_a_secret_that_does_not_exist_is_an_error(missing: str) -> None:
    fewer = {key: name for key, name in SECRETS.items() if key != missing}
    with pytest.raises(KeyError, match=missing):
        rendered("portainer_service", secrets=fewer)


@pytest.mark.parametrize(("environment", "file"), [("production", "prod"), ("testing", "test"), ("development", "dev")])
def test_files_are_configs_whose_name_carries_their_content(environment: str, file: str) -> None:
    stack, chosen, _ = deployed("thinkheads_ai_app", reference(environment))
    (config,) = compose.configs(stack, chosen)
    assert config.base == f"thinkheads_ai_app-configs-{file}-env"
    assert config.name == f"{config.base}-{content_version(stack.contents[f'configs/{file}.env'])}"
    document = rendered("thinkheads_ai_app", environment)
    assert document["configs"] == {config.name: {"external": True}}
    assert document["services"]["thinkheads_ai_app"]["configs"] == [{"source": config.name, "target": "/app/.env"}]


def test_another_content_is_another_name() -> None:
    stack, environment, _ = deployed("thinkheads_ai_app")
    other = stack.model_copy(update={"contents": {"configs/prod.env": "A=2\n"}})
    names = {compose.configs(each, environment)[0].name for each in (stack, other)}
    assert len(names) == 2
    assert max(map(len, names)) <= 64


@pytest.mark.parametrize("name", ["portainer_service", "qdrant_service", "thinkheads_ai_app"])
def test_rendering_leaves_the_model_alone_and_gives_the_same_text_again(name: str) -> None:
    stack, environment, guest = deployed(name)
    before = stack.model_dump_json()
    texts = {compose.render(stack, environment, guest, SECRETS, {}) for _ in range(3)}
    assert len(texts) == 1
    assert stack.model_dump_json() == before


def test_what_the_file_says_itself_stays() -> None:
    stack, _, _ = deployed("qdrant_service")
    service, original = rendered("qdrant_service")["services"]["qdrant"], stack.compose["services"]["qdrant"]
    for key in ("image", "volumes", "ports"):
        assert service[key] == original[key]
    assert service["deploy"]["endpoint_mode"] == "dnsrr"


@pytest.mark.parametrize("given_", [["a=1", "traefik.enable=false"], {"a": 1, "traefik.enable": False}])
def test_labels_of_the_file_stay_and_the_manifests_win(given_: Any) -> None:
    stack, environment, guest = deployed("qdrant_service")
    service = {**stack.compose["services"]["qdrant"], "deploy": {"labels": given_}}
    changed = stack.model_copy(update={"compose": {"services": {"qdrant": service}}})
    document = YAML(typ="safe", pure=True).load(compose.render(changed, environment, guest, {}, {}))
    labels = document["services"]["qdrant"]["deploy"]["labels"]
    assert (str(labels["a"]), labels["traefik.enable"]) == ("1", "true")


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [({"a": True, "b": None, "c": 1.5}, {"a": "true", "b": None, "c": 1.5}), (["a", "b=x=y"], {"a": "", "b": "x=y"})],
    ids=["mapping", "list"],
)
def test_switches_among_labels_become_texts(given_: Any, wanted: dict[str, Any]) -> None:
    """Docker's older CLIs take no switch for a label; of the rest it makes texts itself."""
    labels = changed({"web": {"deploy": {"labels": given_}}})["web"]["deploy"]["labels"]
    assert labels.items() >= wanted.items()


def changed(services: dict[str, Any], placement: Placement | None = Placement.PINNED, **more: Any) -> dict[str, Any]:
    """The services of qdrant's stack as they are deployed, when its compose file has these."""
    stack, environment, guest = deployed("qdrant_service")
    added = environment.model_copy(update={"services": {"web": environment.services["qdrant"]}})
    other = {"compose": {"services": services, **more}, "placement": placement}
    text = compose.render(stack.model_copy(update=other), added, guest, {}, {})
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(text)["services"]
    return found


@pytest.mark.parametrize("deploy", [None, {}, {"placement": None}, {"placement": {"constraints": None}}], ids=str)
def test_what_a_file_leaves_empty_is_filled_in(deploy: Any) -> None:
    (found,) = changed({"web": {"image": "web", "deploy": deploy}}).values()
    assert found["deploy"]["placement"]["constraints"] == ["node.hostname == drphoenix"]
    assert found["deploy"]["labels"]["traefik.enable"] == "true"


def test_what_services_share_by_an_anchor_each_has_for_itself() -> None:
    shared = {"placement": {"constraints": ["node.role == worker"]}}
    found = changed({"web": {"image": "web", "deploy": shared}, "other": {"image": "other", "deploy": shared}})
    here = ["node.role == worker", "node.hostname == drphoenix"]
    assert [each["deploy"]["placement"]["constraints"] for each in found.values()] == [here, here]
    assert "labels" not in found["other"]["deploy"]


def test_secret_variables_go_by_their_setting() -> None:
    _, environment, _ = deployed("thinkheads_ai_app")
    found = compose.variables(environment)
    password = FromSetting(setting="databasePassword")
    assert found == {"API_PORT": "8000", "DATABASE_USER": "prod_user", "DATABASE_PASS": password}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_settings_that_deployed_stacks_need(environment: str) -> None:
    assert compose.secret_settings(reference(environment)) == ("agentSecret", "databasePassword")


def test_no_secret_is_rendered() -> None:
    """Variables are for whoever deploys; the text keeps the names."""
    environment = rendered("thinkheads_ai_app")["services"]["thinkheads_ai_app"]["environment"]
    assert environment["DATABASE_PASS"] == "${DATABASE_PASS}"


def test_directories_that_volumes_bind() -> None:
    stack, environment, _ = deployed("qdrant_service")
    assert bound_directories(stack, environment) == (Folder("/mnt/persistent/qdrant", everywhere=False),)
    volumes = {"plain": None, "nfs": {"driver_opts": {"type": "nfs", "device": ":/share"}}, "empty": {}}
    other = stack.model_copy(update={"compose": {"services": {}, "volumes": volumes}})
    assert bound_directories(other, environment) == ()


def test_names() -> None:
    stack = deployed("portainer_service")[0]
    assert deployed_name(stack.name, "production") == "portainer_service-production"


@given(st.dictionaries(st.sampled_from(list(SECRETS)), st.from_regex(r"[a-z]{1,9}-[0-9a-f]{12}", fullmatch=True)))
def test_every_secret_or_an_error(names: dict[str, str]) -> None:
    if set(names) == set(SECRETS):
        found = rendered("portainer_service", secrets=names)["secrets"]
        assert {key: each["name"] for key, each in found.items()} == names
    else:
        with pytest.raises(KeyError):
            rendered("portainer_service", secrets=names)
