"""What cannot be planned is told at once, all of it, before anything is touched."""

import pytest

from phoenix.model import Cluster
from phoenix.plan import whole
from tests.plan.reference import reference


def without(cluster: Cluster, *names: str) -> Cluster:
    kept = tuple(each for each in cluster.certificates if each.name not in names)
    return cluster.model_copy(update={"certificates": kept})


@pytest.mark.parametrize("environment", ["production", "testing", "development"])
def test_the_reference_cluster_can_be_planned(environment: str) -> None:
    whole.check(reference(environment))


def test_every_problem_is_told() -> None:
    with pytest.raises(whole.PlanError) as raised:
        whole.check(without(reference(), "nginx", "portainer"))
    text = str(raised.value)
    assert "the gateway: no server certificate is distributed to the gateway, guest 101" in text
    assert "stack portainer_service: portainer_tls_cert" in text
