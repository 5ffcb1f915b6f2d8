"""The CA's root is replaced, from start to end, while clients go on asking: nobody notices."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.converged import Cluster
from tests.lab.test_certificates_unbroken import DIRECT, GAP_SECONDS, GATEWAYS, RATE, steady

pytestmark = pytest.mark.lab

CONFIGURED = "  port: 9000\n"
GENERATIONS = "/quickOS/lxc-persistent-data/103/ssl/generations"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
MARK = "-----BEGIN CERTIFICATE-----"


@pytest.fixture
def rotating(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster; afterwards whichever root is there counts as the first again."""
    cluster.edit("config/cluster.yaml", CONFIGURED, f"{CONFIGURED}  roots: [1]\n")
    yield cluster
    cluster.drift(f"rm -rf {GENERATIONS}")


def step(cluster: Cluster, old: str, new: str) -> None:
    """One run of the rotation, looked at by a preview before and after it."""
    cluster.edit("config/cluster.yaml", f"  roots: {old}\n", f"  roots: {new}\n")
    shown = cluster.preview()
    assert shown.code == 0, shown.text
    assert shown.changes["authority-roots"] == "update"
    assert "replace" not in shown.changes.values()
    cluster.up()
    cluster.assert_clean()


def holders(cluster: Cluster, root: str) -> set[str]:
    """Which systems trust the root (PEM), read from their own bundles."""
    line = root.splitlines()[-2]
    look = f"grep -cxF -e {line} {BUNDLE} || true"
    counts = {
        **{f"guest {vmid}": cluster.node(f"pct exec {vmid} -- sh -c '{look}'") for vmid in (101, 102)},
        **{f"guest {vmid}": cluster.machine(vmid, look) for vmid in (1001, 1002)},
        "node": cluster.node(look),
    }
    return {name for name, count in counts.items() if int(count) == 1}


EVERYBODY = {"guest 101", "guest 102", "guest 1001", "guest 1002", "node"}


def tell(trust: Path, roots: str) -> None:
    """From now on the client trusts these roots, and no other."""
    new = trust.with_suffix(".new")
    new.write_text(roots)
    os.replace(new, trust)


def split(pem: str) -> list[str]:
    return [MARK + each for each in pem.split(MARK)[1:]]


def test_a_root_is_replaced_and_nobody_notices(rotating: Cluster, tmp_path: Path) -> None:
    cluster, trust = rotating, tmp_path / "trust.pem"
    live = cluster.lab.place.cluster_root
    (old,) = split(live.read_text())
    # a converged cluster's root gets its number
    cluster.up()

    early = cluster.checkout / "config" / "cluster.yaml"
    text = early.read_text()
    cluster.edit("config/cluster.yaml", "  roots: [1]\n", "  roots: [2]\n")
    refused = cluster.preview()
    assert refused.code != 0
    assert "root 2 shall issue, but it is not trusted yet" in refused.text
    assert live.read_text() == old
    early.write_text(text)

    tell(trust, old)
    with steady(cluster, *GATEWAYS, DIRECT, trust=trust) as seen:
        step(cluster, "[1]", "[1, 2]")
        first, new = split(live.read_text())
        assert first == old
        assert holders(cluster, old) == holders(cluster, new) == EVERYBODY
        tell(trust, old + new)
        step(cluster, "[1, 2]", "[2, 1]")
        # whoever trusts the new one alone is content with all that is served
        tell(trust, new)
        step(cluster, "[2, 1]", "[2]")
    assert live.read_text() == new
    assert (holders(cluster, old), holders(cluster, new)) == (set(), EVERYBODY)
    for url in (*GATEWAYS, DIRECT):
        assert seen[url]["distrusted"] == 0, seen[url]
        assert seen[url]["requests"] > 20 * RATE
        assert len(seen[url]["leaves"]) == 2
    assert {url: seen[url]["failures"] for url in GATEWAYS} == {url: [] for url in GATEWAYS}
    assert seen[DIRECT]["longest_gap"] < GAP_SECONDS, seen[DIRECT]
