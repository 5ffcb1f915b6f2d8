"""What people read: URLs, stack files, YAML; and that the same model gives the same text."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from phoenix.model import Cluster, load
from phoenix.plan import dns, firewall, nginx, stack_files, summary, traefik
from phoenix.plan.yaml_text import dump
from tests.plan.reference import ENVIRONMENTS, ROOT, reference


def test_the_urls_that_the_gateway_serves() -> None:
    assert summary.urls(reference()) == {
        name: f"https://{name}.internal.thinkheads.ai"
        for name in (
            "granite-3b",
            "granite-embedding",
            "llamacpp",
            "ollama",
            "portainer",
            "qdrant",
            "thinkheads",
            "traefik",
        )
    }
    assert list(summary.urls(reference())) == sorted(summary.urls(reference()))


def test_every_url_has_a_name_that_leads_to_the_gateway() -> None:
    records = {record.name: record.address for record in dns.records(reference())}
    hosts = [url.removeprefix("https://") for url in summary.urls(reference()).values()]
    assert {records[host] for host in hosts} == {"10.0.0.153"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_files_of_every_deployed_stack(environment: str) -> None:
    found = stack_files.by_stack(reference(environment))
    texts = ("configs/dev.env", "configs/prod.env", "configs/test.env")
    assert {name: sorted(each.files) for name, each in found.items()} == {
        "portainer_service": ["compose.yaml"],
        "qdrant_service": ["compose.yaml"],
        "thinkheads_ai_app": ["compose.yaml", *texts],
    }
    for name, each in found.items():
        assert (each.node, each.directory) == ("10.0.0.13", f"/quickOS/portainer_stacks/{name}")
        assert YAML(typ="safe", pure=True).load(each.files["compose.yaml"]) == reference().stack(name).compose
    for text in texts:
        assert found["thinkheads_ai_app"].files[text] == (ROOT / "stacks" / "thinkheads_ai_app" / text).read_text()


def test_a_stack_that_nobody_deploys_has_no_files() -> None:
    none = reference().model_copy(update={"guests": reference().containers})
    assert stack_files.by_stack(none) == {}


TEXTS: list[Callable[[Cluster], object]] = [
    dns.dnsmasq_config,
    dns.resolv_conf,
    firewall.files,
    traefik.dynamic_config,
    nginx.gateway_config,
    stack_files.by_stack,
    summary.urls,
]


@pytest.mark.parametrize("artifact", TEXTS, ids=lambda each: each.__module__ + "." + each.__name__)
def test_the_same_model_gives_the_same_text(artifact: Callable[[Cluster], object]) -> None:
    again = load(ROOT / "config", ROOT / "stacks", "production")
    assert artifact(reference()) == artifact(reference()) == artifact(again)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["C"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc:-#{ ", max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcxyz", min_size=1), PLAIN, min_size=1))
def test_yaml_can_be_read_back(document: dict[str, Any]) -> None:
    assert YAML(typ="safe", pure=True).load(dump(document)) == document


def test_yaml_keeps_the_order_of_keys_and_folds_no_line() -> None:
    long = "word " * 200 + "end"
    assert dump({"b": 1, "a": {"z": [long]}}) == f"b: 1\na:\n  z:\n  - {long}\n"
