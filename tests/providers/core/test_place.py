"""Another port of the node's SSH is another way to the same things; another node is another place."""

import pytest

from phoenix.model import Cluster
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import plan
from phoenix.plan.every import specs
from phoenix.specs.spec import Spec
from tests.plan.reference import as_json, reference
from tests.providers.core.test_former import KINDS

PORT = 2222
PROVIDERS = {kind.provider.reconciler.spec: kind.provider for kind in KINDS.values()}


def by_name(cluster: Cluster) -> dict[str, Spec]:
    planned = specs(plan(cluster, Choices()))
    return {f"{type(each).__name__} {each}".replace(f":{PORT}", ""): each for each in planned}


def with_node(**update: object) -> Cluster:
    cluster = reference()
    return cluster.model_copy(update={"node": cluster.node.model_copy(update=update)})


BEFORE = by_name(reference())
WITH_PORT = by_name(with_node(ssh_port=PORT))


def test_the_port_is_known_to_all_that_go_by_ssh() -> None:
    assert BEFORE.keys() == WITH_PORT.keys()
    assert len([name for name in BEFORE if BEFORE[name] != WITH_PORT[name]]) > 0.9 * len(BEFORE)


@pytest.mark.parametrize("name", [name for name in BEFORE if type(BEFORE[name]) in PROVIDERS])
def test_another_port_replaces_nothing(name: str) -> None:
    old, new = BEFORE[name], WITH_PORT[name]
    found = PROVIDERS[type(old)]().diff(name, as_json(old), as_json(new))
    assert (found.changes, found.replaces) == (old != new, [])


@pytest.mark.parametrize(("kind", "field"), [("SwarmManagerSpec", "manager"), ("CertificateSpec", "node")])
def test_another_node_is_another_place(kind: str, field: str) -> None:
    old = next(each for name, each in BEFORE.items() if name.startswith(f"{kind} "))
    text = as_json(old)
    changed = "10.0.0.14" if field == "node" else {**text[field], "node": "10.0.0.14"}
    found = PROVIDERS[type(old)]().diff("id", text, {**text, field: changed})
    assert found.replaces == [field]
