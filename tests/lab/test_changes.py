"""What an operator adds, changes and takes away touches only what belongs to it."""

import pytest

from tests.lab.additions import (
    CERTIFICATE,
    CERTIFICATES_FILE,
    COMPOSE,
    GUEST,
    GUEST_FILE,
    MACHINE_FILE,
    STACK,
    STACKS,
)
from tests.lab.converged import DOMAIN, Cluster

pytestmark = pytest.mark.lab

# A name and a way to it: DNS, the firewall's groups, Traefik's routes and Nginx's host names.
WAY = dict.fromkeys(("dns", "firewall", "traefik-routes", "gateway"), "update")
GUEST_PARTS = ("950-echo", "950-echo-ollama")
STACK_PARTS = ("stack-files-news", "stack-news")
CERTIFICATE_PARTS = ("certificate-extra", "copy-extra-102")
LIMIT = "cat /sys/fs/cgroup/memory/lxc.payload.{0}/memory.limit_in_bytes"


def test_additions_each_alone_and_their_removal(cluster: Cluster) -> None:
    cluster.put(GUEST_FILE, GUEST)
    assert cluster.preview().changes == WAY | dict.fromkeys(GUEST_PARTS, "create")
    cluster.up()
    assert cluster.codes(f"https://echo.{DOMAIN}/") == {f"https://echo.{DOMAIN}/": "200"}
    assert " running " in cluster.node("pct list | grep ' echo'")

    cluster.put("stacks/news/compose.yaml", COMPOSE)
    cluster.put("stacks/news/stack.yaml", STACK)
    cluster.edit(MACHINE_FILE, STACKS, STACKS.replace("]", ", news]"))
    assert cluster.preview().changes == WAY | dict.fromkeys(STACK_PARTS, "create")
    assert "  news                     running" in cluster.up()
    assert cluster.codes(f"https://news.{DOMAIN}/") == {f"https://news.{DOMAIN}/": "200"}
    assert "news-development_web" in cluster.machine(1001, "docker service ls")

    cluster.put(CERTIFICATES_FILE, (cluster.checkout / CERTIFICATES_FILE).read_text() + CERTIFICATE)
    assert cluster.preview().changes == dict.fromkeys(CERTIFICATE_PARTS, "create")
    cluster.up()
    host, guest = "/quickOS/certificates/extra", "/quickOS/lxc-persistent-data/102/certs/extra"
    assert cluster.node(
        f"cmp {host}/cert.pem {guest}.crt; cmp {host}/key.pem {guest}.key; stat -L -c %a {host}/key.pem"
    ) == ("600\n")
    cluster.assert_clean()

    cluster.restore()
    gone = dict.fromkeys((*GUEST_PARTS, *STACK_PARTS, *CERTIFICATE_PARTS), "delete")
    assert cluster.preview().changes == WAY | gone
    cluster.up()
    left = cluster.node("pct list; ls -A /quickOS/certificates /quickOS/lxc-persistent-data/102/certs")
    left += cluster.node("ls /etc/pve/firewall /quickOS/portainer_stacks; cat /etc/dnsmasq.d/*.conf")
    left += cluster.machine(1001, "docker service ls; docker config ls") + portainer_stacks(cluster)
    assert "thinkheads_ai_app" in left
    assert [word for word in ("echo", "950", "news", "extra") if word in left] == []
    cluster.assert_clean()


def portainer_stacks(cluster: Cluster) -> str:
    """The names of Portainer's stacks."""
    with cluster.portainer() as (session, url):
        return " ".join(stack["Name"] for stack in session.get(f"{url}/stacks", timeout=30).json())


def test_memory_is_one_update_in_place(cluster: Cluster) -> None:
    began = cluster.node("pct exec 914 -- stat -c %Y /proc/1; pct exec 914 -- systemctl show -p MainPID ollama")
    cluster.edit("config/guests/914-ollama-gpu0.yaml", "memory_mb: 32768", "memory_mb: 16384")
    preview = cluster.preview()
    assert preview.changes == {"914-ollama-gpu0": "update"}
    cluster.up()
    assert int(cluster.node(LIMIT.format(914))) == 16384 << 20
    cluster.restore()
    cluster.up()
    assert int(cluster.node(LIMIT.format(914))) == 32768 << 20
    assert cluster.node("pct exec 914 -- stat -c %Y /proc/1; pct exec 914 -- systemctl show -p MainPID ollama") == began
