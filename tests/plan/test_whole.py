"""What cannot be planned is told at once, all of it, before anything is touched."""

import pytest

from phoenix.model import Cluster, Reload
from phoenix.plan import certificates, whole
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


def test_a_service_is_updated_where_the_manager_is() -> None:
    cluster = reference()
    certificate = cluster.certificate("docker-daemon")
    reload = Reload(service="portainer_service_portainer")
    on_manager = certificate.distribution[0].model_copy(update={"reload": reload})
    (copy,) = certificates.copies(cluster, certificate.model_copy(update={"distribution": (on_manager,)}))
    assert copy["after"]["argv"][:4] == ["docker", "service", "update", "--force"]
    elsewhere = on_manager.model_copy(update={"guest": 1002})
    with pytest.raises(ValueError, match="only the Swarm's manager, guest 1001"):
        certificates.copies(cluster, certificate.model_copy(update={"distribution": (elsewhere,)}))
