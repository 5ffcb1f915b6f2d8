"""A renewal of all certificates that is killed at any moment: the next `up` finishes it, and nothing is left behind.

PHOENIX_KILLS says how many are killed (2) and, after a colon, with which seed the moments are drawn (any).
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.lab import killed_run
from tests.lab.certificate_truth import look
from tests.lab.converged import Cluster
from tests.lab.handshakes import handshake_problems
from tests.lab.killed_run import never

pytestmark = pytest.mark.lab

FEW = "2"
ATTEMPTS = 3
SECRETS_MADE = "secret-portainer_tls_key updated"


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the runs of a test put their temporary files; a short path, because sockets are among them."""
    with TemporaryDirectory(prefix="killed-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def moments(length: float) -> Iterator[tuple[float, str]]:
    """Moments of a run of `length` seconds, one in each equal part of it, in any order; and how to get them again."""
    count, _, given = os.environ.get("PHOENIX_KILLS", FEW).partition(":")
    seed = int(given or random.SystemRandom().randrange(10**6))
    drawn = random.Random(seed)
    parts = list(range(int(count)))
    drawn.shuffle(parts)
    for part in parts:
        seconds = length * (part + drawn.random()) / len(parts)
        yield seconds, f"PHOENIX_KILLS={count}:{seed}, {seconds:.2f} s of {length:.2f} s"


def killed_at(cluster: Cluster, times: list[float], seconds: float, *, everything: bool) -> None:
    """Kills a renewal at that moment of it; when it has ended by then, another one a little earlier."""
    for _ in range(ATTEMPTS):
        if killed_run.renewal(cluster, killed_run.moment(times, seconds), everything=everything) is None:
            return
        seconds *= 0.9
    raise AssertionError(f"{ATTEMPTS} renewals ended before they were to be killed")


def assert_whole(cluster: Cluster, why: str) -> None:
    """Files, servers, secrets and the program's own view are of one mind."""
    truth = look(cluster)
    assert [*truth.problems(), *handshake_problems(cluster, truth)] == [], why
    cluster.assert_clean()


def test_a_renewal_killed_at_any_moment_is_finished_by_the_next_up(cluster: Cluster, temporary: Path) -> None:
    times = killed_run.renewal(cluster, never)
    assert times is not None
    assert_whole(cluster, "a renewal that nobody killed")
    for number, (seconds, why) in enumerate(moments(times[-1])):
        before, there = look(cluster), set(temporary.glob("phoenix-*"))
        # by turns its process group, as a terminal or a unit does, and all of it, as a loss of power does
        killed_at(cluster, times, seconds, everything=number % 2 == 1)
        between, left = look(cluster), set(temporary.glob("phoenix-*")) - there
        assert between.mismatched() == [], why
        begun = time.monotonic()
        cluster.up()
        took = time.monotonic() - begun
        print(f"{number} {why}: renewed by then: {between.renewed_since(before)}; next up {took:.1f} s")
        assert_whole(cluster, why)
        # what was renewed is distributed, not renewed again
        assert look(cluster).renewed_since(between).startswith("node 0,"), why
        assert {path for path in left if path.exists()} == set(), why
    cluster.settled = True


def test_two_killed_between_secrets_and_service_leave_no_version_behind(cluster: Cluster) -> None:
    for _ in range(2):
        assert killed_run.renewal(cluster, lambda _, said: SECRETS_MADE in said, everything=True) is None
    cluster.up()
    assert_whole(cluster, "two were killed when the secrets were made")
    cluster.settled = True
