"""The cluster's own life: down and up again, an end, and a beginning that was killed half-way."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lab.environment import CHECKOUT
from lab.leftovers import traces
from tests.lab.converged import DOMAIN, Cluster, said_of_failure
from tests.lab.secrets_of_lab import files_below, leaks, numbered, secrets

pytestmark = pytest.mark.lab


def test_the_state_survives_down_and_up_and_down_leaves_nothing(cluster: Cluster) -> None:
    cluster.settled = False
    name = cluster.lab.place.name
    assert cluster.lab.cli("down").returncode == 0
    assert [entry for entry in sorted(_all()) if name in entry] == []
    cluster.lab.up()
    cluster.up()
    urls = [f"https://{name}.{DOMAIN}/" for name in ("portainer", "qdrant", "ollama")]
    assert cluster.codes(*urls) == dict.fromkeys(urls, "200")
    cluster.assert_clean()


def _all() -> set[str]:
    now = traces()
    return set(now.processes | now.mounts | now.cgroups)


def test_no_secret_in_state_or_output(cluster: Cluster, tmp_path: Path) -> None:
    hidden = secrets(cluster.lab)
    assert len(hidden) > 40
    state = files_below(cluster.lab.place.state / "pulumi")
    assert any(name.endswith("/dev.json") for name in state)
    assert cluster.said
    assert leaks(state | numbered(cluster.said), hidden) == []
    # the same look finds each of them where it does stand
    for number, secret in enumerate(hidden.values()):
        (tmp_path / f"{number}.json").write_text(f'{{"value": "{secret}"}}')
    found = leaks(files_below(tmp_path), hidden)
    assert {entry.partition(" in ")[0] for entry in found} >= {what for what in hidden if "Swarm" not in what}


def test_destroy_takes_everything_away(cluster: Cluster) -> None:
    cluster.settled = False
    done = cluster.run("pulumi", "destroy", "--stack", "dev", "--yes", limit=600)
    assert done.returncode == 0, said_of_failure(done)
    listed = cluster.node("pct list; qm list").split()
    assert [word for word in listed if word.isdigit()] == []
    assert cluster.node("ls /etc/pve/lxc /etc/pve/qemu-server | grep -c conf || true") == "0\n"


def test_a_first_run_that_was_killed_is_finished_by_the_next(cluster_half_made: Cluster) -> None:
    for mark in ("Feature 900-copy-base-base_setup created", "Feature 1001-portainer-base_setup created"):
        kill_at(cluster_half_made, mark)
    text = cluster_half_made.up()
    assert "removed the lock of process" in text
    cluster_half_made.assert_clean()


@pytest.fixture
def cluster_half_made(machine_with_lab: Cluster) -> Cluster:
    """The lab as the destroyed cluster left it."""
    assert not machine_with_lab.settled
    return machine_with_lab


def kill_at(cluster: Cluster, mark: str) -> None:
    """Begin to converge, and kill -9 the whole run as soon as it says `mark`."""
    run = [str(cluster.checkout / "bin" / "phoenix"), "up", "--stack", "dev"]
    command = [str(CHECKOUT / "bin" / "lab"), "exec", "--", *run]
    process = subprocess.Popen(
        command, cwd=cluster.checkout, env=cluster.lab.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if mark in line:
            break
    else:
        raise AssertionError("".join(said))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    cluster.said += said
    time.sleep(3)  # the engine's children end when they see that it is gone
