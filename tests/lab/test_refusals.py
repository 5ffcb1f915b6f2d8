"""What is wrong is said once, clearly, before anything is touched or with all that went well recorded."""

import re
import time
from collections.abc import Callable

import pytest

from lab import node
from tests.lab.additions import COMPOSE, GUEST, GUEST_FILE, MACHINE_FILE, STACK, STACKS
from tests.lab.converged import Cluster
from tests.lab.secrets_of_lab import leaks, secrets

pytestmark = pytest.mark.lab

OLLAMA = "config/guests/914-ollama-gpu0.yaml"
WRONG_TOKEN = "root@pam!phoenix=00000000-1111-2222-3333-444444444444"


def _foreign_key(cluster: Cluster) -> dict[str, str]:
    path = cluster.lab.place.state / "foreign_known_hosts"
    key = (cluster.lab.place.secrets / "id_ed25519.pub").read_text().split()[:2]
    path.write_text(f"10.0.0.13 {' '.join(key)}\n")
    return {"PHOENIX_KNOWN_HOSTS": str(path)}


def _foreign_root(cluster: Cluster) -> dict[str, str]:
    return {"PHOENIX_PROXMOX_CA": str(cluster.lab.place.cluster_root)}


def _edit(name: str, old: str, new: str) -> Callable[[Cluster], dict[str, str]]:
    def change(cluster: Cluster) -> dict[str, str]:
        cluster.edit(name, old, new)
        return {}

    return change


def _given(**environment: str) -> Callable[[Cluster], dict[str, str]]:
    return lambda _cluster: environment


def frames_of_ours(text: str) -> list[str]:
    """Files of the program in tracebacks; the official language host shows its own when the engine interrupts it."""
    ours = ("/phoenix/", "/components/", "/__main__.py")
    return [path for path in re.findall(r'File "([^"]+)"', text) if any(part in path for part in ours)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            _edit(OLLAMA, "memory_mb: 32768", "memory_mb: much"),
            (f"{OLLAMA}:8", "memory_mb", "much"),
            id="value",
        ),
        pytest.param(_edit(OLLAMA, "memory_mb:", "memory:"), (f"{OLLAMA}:8", "memory"), id="unknown field"),
        pytest.param(
            _edit("Pulumi.dev.yaml", "phoenix:protect:", "phoenix:protekt:"),
            ("phoenix:protekt", "unknown setting"),
            id="unknown setting",
        ),
        pytest.param(_given(PHOENIX_PROXMOX_CA="/nowhere.pem"), ("phoenix:proxmoxCa", "/nowhere.pem"), id="no file"),
        pytest.param(_given(PHOENIX_PROXMOX_TOKEN="abc"), ("phoenix:proxmoxToken", "user@realm!tokenid"), id="form"),
        pytest.param(
            _given(PHOENIX_PROXMOX_TOKEN=WRONG_TOKEN),
            ("the API token is refused", "10.0.0.13", "next: ", "phoenix:proxmoxToken"),
            id="token",
        ),
        pytest.param(
            _foreign_root,
            ("the API's certificate is not trusted", "10.0.0.13", "phoenix:proxmoxCa"),
            id="root",
        ),
        pytest.param(
            _foreign_key,
            ("the host key is not the pinned one", "10.0.0.13", "phoenix:knownHosts"),
            id="host key",
        ),
        pytest.param(_edit(OLLAMA, "disk_gb: 128", "disk_gb: 64"), ("guest 914", "128", "64"), id="shrink"),
    ],
)
def test_nothing_is_touched(
    cluster: Cluster, change: Callable[[Cluster], dict[str, str]], words: tuple[str, ...]
) -> None:
    began = cluster.node("pvesh get /nodes/phoenix/tasks --output-format json | wc -c; cat /etc/pve/lxc/914.conf")
    given = change(cluster)
    done = cluster.try_up(**given)
    text = done.stdout + done.stderr
    assert done.returncode != 0, text
    for word in words:
        assert word in text, text
    # what failed is told where it happens and once more at the end, by the first resources that meet it
    assert text[text.index("Diagnostics:") :].count(words[0]) <= 4, text
    assert frames_of_ours(text) == [], text
    assert WRONG_TOKEN not in text
    assert leaks({"the output": text}, secrets(cluster.lab)) == []
    assert (
        cluster.node("pvesh get /nodes/phoenix/tasks --output-format json | wc -c; cat /etc/pve/lxc/914.conf") == began
    )
    cluster.settled = True


def test_an_unreachable_node_is_told_soon_and_recorded_state_stays(cluster: Cluster) -> None:
    state = cluster.run("pulumi", "stack", "export", "--stack", "dev").stdout
    node.run(cluster.lab.place, "ip", "address", "del", "10.0.0.13/24", "dev", "vmbr0")
    try:
        began = time.monotonic()
        done = cluster.try_up()
        took = time.monotonic() - began
    finally:
        node.run(cluster.lab.place, "ip", "address", "add", "10.0.0.13/24", "dev", "vmbr0")
    text = done.stdout + done.stderr
    assert done.returncode != 0, text
    assert took < 90
    for word in ("owner marker", "10.0.0.13", "next: "):
        assert word in text, text
    assert frames_of_ours(text) == [], text
    after = cluster.run("pulumi", "stack", "export", "--stack", "dev").stdout
    assert after.count('"urn":') == state.count('"urn":')
    cluster.up()
    cluster.assert_clean()


def test_what_the_swarm_refuses_is_told_and_the_rest_goes_on(cluster: Cluster) -> None:
    cluster.put(GUEST_FILE, GUEST)
    cluster.put("stacks/news/compose.yaml", COMPOSE.replace("    image:", '    hostname: "{{.Nope}}"\n    image:'))
    cluster.put("stacks/news/stack.yaml", STACK)
    cluster.edit(MACHINE_FILE, STACKS, STACKS.replace("]", ", news]"))
    done = cluster.try_up()
    text = done.stdout + done.stderr
    assert done.returncode != 0, text
    assert "stack news-development" in text
    assert "10.0.0.111" in text
    assert "expanding hostname failed" in text
    assert "next: " in text
    assert leaks({"the output": text}, secrets(cluster.lab)) == []
    assert " running " in cluster.node("pct list | grep ' echo'")
    changes = cluster.preview().changes
    assert "950-echo" not in changes
    assert "stack-news" in changes
    cluster.put("stacks/news/compose.yaml", COMPOSE)
    assert "  news                     running" in cluster.up()
    cluster.restore()
    cluster.up()
    cluster.assert_clean()


def test_a_failing_task_is_told_with_its_own_words(cluster: Cluster) -> None:
    other = "{template: fastData-shared-iso:vztmpl/no-such-system.tar.zst}"
    cluster.put(GUEST_FILE, GUEST.replace("{clone: 900}", other).replace("[ollama]", "[]"))
    done = cluster.try_up()
    text = done.stdout + done.stderr
    assert done.returncode != 0, text
    for word in ("guest 950", "10.0.0.13", "no-such-system.tar.zst", "next: "):
        assert word in text, text
    assert " 950 " not in cluster.node("pct list")
    cluster.restore()
    cluster.up()
    cluster.assert_clean()
