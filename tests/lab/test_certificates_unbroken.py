"""A full renewal of all certificates, while a client asks ten times a second: nobody notices."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.environment import CHECKOUT
from tests.lab.converged import DOMAIN, Cluster, said_of_failure

pytestmark = pytest.mark.lab

RATE = 10
GATEWAYS = tuple(f"https://{path}" for path in (
    f"portainer.{DOMAIN}/api/system/status", f"nginx.{DOMAIN}/", f"ollama.{DOMAIN}/",
))  # fmt: skip
DIRECT = "https://10.0.0.111:9443/api/system/status"
GAP_SECONDS = 3.0


@contextmanager
def steady(cluster: Cluster, *urls: str, trust: Path | None = None) -> Iterator[dict[str, Any]]:
    """Asks all the while; what came of it is in the dictionary, by URL, when the block ends.

    The client trusts the roots in the file `trust` (the CA's own when not given), at each moment those that it holds.
    """
    found: dict[str, Any] = {}
    client = [sys.executable, str(Path(__file__).with_name("steady_client.py"))]
    command = [
        str(CHECKOUT / "bin" / "lab"),
        "exec",
        "--",
        *client,
        str(trust or cluster.lab.place.cluster_root),
        str(RATE),
    ]
    asking = subprocess.Popen(
        [*command, *urls], env=cluster.lab.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield found
        found |= json.loads(asking.communicate(timeout=60)[0])
    finally:
        asking.kill()
        asking.wait()


def test_nobody_notices_a_renewal_of_everything(cluster: Cluster) -> None:
    with steady(cluster, *GATEWAYS, DIRECT) as seen:
        done = cluster.try_up(PHOENIX_RENEW_CERTIFICATES="*")
    assert done.returncode == 0, said_of_failure(done)
    for url in GATEWAYS:
        tally = seen[url]
        assert (tally["failures"], tally["distrusted"]) == ([], 0), url
        assert tally["requests"] > 5 * RATE
        # the old leaf at the beginning, the new one at the end
        assert len(tally["leaves"]) == 2
    assert seen[DIRECT]["distrusted"] == 0
    assert 0 < seen[DIRECT]["longest_gap"] < GAP_SECONDS, seen[DIRECT]
    cluster.assert_clean()
    cluster.settled = True


def test_a_failing_service_is_noticed(cluster: Cluster) -> None:
    with steady(cluster, *GATEWAYS[-1:]) as seen:
        cluster.drift("pct exec 914 -- systemctl stop ollama; sleep 16; pct exec 914 -- systemctl start ollama")
    assert seen[GATEWAYS[-1]]["failures"]
