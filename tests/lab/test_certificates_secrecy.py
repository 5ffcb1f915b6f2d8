"""A renewal of everything, looked at closely: no key, password or token in logs, state, previews or arguments."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.converged import Cluster
from tests.lab.secrets_of_lab import leaks, secrets

pytestmark = pytest.mark.lab

PAUSE = 0.02


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """The arguments of every process of this machine, the lab's among them, sampled while the block runs."""
    seen: set[str] = set()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(PAUSE):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def test_a_renewal_shows_no_secret(cluster: Cluster) -> None:
    hidden = secrets(cluster.lab)
    assert len([what for what in hidden if what.startswith("a key on the node")]) > 20
    forced = {"PHOENIX_RENEW_CERTIFICATES": "*"}
    detailed = ("-v=9", "--logtostderr")
    with command_lines() as seen:
        preview = cluster.run("pulumi", "preview", "--stack", "dev", "--diff", environment=forced)
        up = cluster.run(
            str(cluster.checkout / "bin" / "phoenix"), "up", "--stack", "dev", "--", *detailed, environment=forced
        )
        state = cluster.run("pulumi", "stack", "export", "--stack", "dev")
    hidden |= secrets(cluster.lab)
    for run in (preview, up, state):
        assert run.returncode == 0, run.stderr[-2000:]
    assert len(up.stderr) > 1_000_000
    assert any("pct exec" in line for line in seen)
    texts = {f"{name}'s {stream}": getattr(run, stream) for stream in ("stdout", "stderr") for name, run in (
        ("preview", preview), ("up", up), ("export", state),
    )}  # fmt: skip
    texts["a command line"] = "\n".join(seen)
    found = leaks(texts, hidden)
    assert found == [], found
    cluster.settled = True
    for name, text in texts.items():
        assert leaks({name: f"{text}{next(iter(hidden.values()))}"}, hidden)


def test_a_planted_secret_is_found_among_the_arguments(cluster: Cluster) -> None:
    hidden = secrets(cluster.lab)
    what, planted = next((what, line) for what, line in hidden.items() if what.startswith("a key on the node"))
    with command_lines() as seen:
        # in a guest, where nothing of this machine's own process tree would show it
        cluster.node(f"timeout 1 pct exec 102 -- sh -c 'sleep 30; : {planted}' || true")
        time.sleep(PAUSE)
    assert leaks({"a command line": "\n".join(seen)}, hidden) == [f"{what} in a command line"]
