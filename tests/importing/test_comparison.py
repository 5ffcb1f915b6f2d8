"""The imported cluster equals the old one where that was right; the oracle is held against what the old one wrote."""

import pytest

from tests.importing import oracle
from tests.importing.comparison import SUBJECTS
from tests.importing.tables import DOCUMENT, written
from tests.importing.versions import VERSIONS, imported
from tests.plan.reference import reference

H = "2025-11-04"
KNOWN_H = {
    "10.0.0.153": ("nginx", "nginx-phoenix", "portainer", "qdrant", "traefik"),
    "10.0.0.10": ("ca", "step-ca"),
    "10.0.0.12": ("traefik-internal",),
    "10.0.0.102": ("drphoenix", "portainer-agent"),
    "10.0.0.141": ("granite-embedding",),
    "10.0.0.142": ("granite-3b", "granite-3.3-8b-fp8"),
    "10.0.0.155": ("ollama", "ollama-gpu0"),
    "10.0.0.157": ("llamacpp", "llamacpp-gpu0"),
    "10.0.0.200": ("copy-base",),
    "10.0.0.201": ("copy-cuda12.8",),
    "10.0.0.220": ("copy-vllm-gpux2",),
    "10.0.0.221": ("copy-vllm-gpu0",),
    "10.0.0.222": ("copy-vllm-gpu1",),
}
"""What the old generator wrote when it was run on these files."""


def test_the_oracle_of_names_says_what_the_old_generator_wrote() -> None:
    assert oracle.dns_h(H) == {name: address for address, names in KNOWN_H.items() for name in names}


def test_the_oracle_of_rules_counts_what_the_old_cluster_file_held() -> None:
    rules = oracle.aggregate_h(H)
    assert (len(rules), len({*rules})) == (44, 33)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_deviation_has_a_reason(version: str, subject: str) -> None:
    lines = SUBJECTS[subject](version)
    assert [each for each in lines if each.old != each.new and not each.why] == []
    assert [each for each in lines if each.old == each.new and each.old]


def test_the_tables_are_current() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == written(text), "python -m tests.importing.tables"


SAME = (
    *("type", "name", "source", "cores", "memory_mb", "disk_gb", "storage", "template", "running", "onboot", "boot"),
    *("features", "depends_on", "traefik_service", "roles"),
)
OTHERWISE = {(9000, "disk_gb")}
"""The hand-made file has a smaller disk than it must have."""


def test_the_guests_are_those_of_the_configuration_that_was_made_by_hand() -> None:
    """`config/` of this repository describes the cluster of these files."""
    hand = reference()
    found = {
        (each.vmid, field)
        for each in imported(H).cluster.guests
        for field in SAME
        if (getattr(each, field) or False) != (getattr(hand.guest(each.vmid), field) or False)
    }
    assert found == OTHERWISE
