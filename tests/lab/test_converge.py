"""One command converges the whole cluster; everything answers; a second run touches nothing."""

import pytest

from tests.lab.converged import DOMAIN, Cluster

pytestmark = pytest.mark.lab

# What a service answers at its root; these answer nothing there, so they are asked for their health.
HEALTH = {name: f"https://{name}.{DOMAIN}/health" for name in ("granite-3b", "granite-embedding", "llamacpp")}
GATEWAY = "10.0.0.153"
UNITS = {
    "node": ("dnsmasq", "pve-firewall"),
    "101": ("nginx",),
    "102": ("traefik",),
    "103": ("step-ca",),
    "914": ("ollama",),
}


def test_up_from_nothing_ends_with_a_summary(machine_with_lab: Cluster) -> None:
    text = machine_with_lab.up()
    summary = text[text.index("\nStages\n") :].splitlines()
    stages = [line.split()[:2] for line in summary if line[:3].strip().isdigit()]
    names = ["infrastructure", "swarm", "certificates", "distribution", "services", "gateways"]
    assert stages == [[str(number), name] for number, name in enumerate(names, 1)]
    assert f"  https://portainer.{DOMAIN}" in summary
    root = machine_with_lab.node(
        "openssl x509 -noout -fingerprint -sha256 -in /quickOS/lxc-persistent-data/103/ssl/certs/root_ca.crt"
    )
    assert f"  root sha256 {root.partition('=')[2].strip().replace(':', '').lower()}" in summary
    named = {line.split()[0] for line in summary if " left)" in line}
    assert named == set(machine_with_lab.node("ls /quickOS/certificates").split())
    ends = {line.split()[0]: line.split()[-1] for line in summary[summary.index("Endpoints") :] if line[:2] == "  "}
    assert ends == {"drphoenix": "up"} | dict.fromkeys(
        ("portainer_service", "qdrant_service", "thinkheads_ai_app"), "running"
    )


def test_a_preview_right_after_is_clean(cluster: Cluster) -> None:
    cluster.assert_clean()


def test_every_url_answers_by_name_with_only_the_clusters_root_trusted(cluster: Cluster) -> None:
    urls = cluster.urls()
    assert len(urls) == 8
    expected = dict.fromkeys(urls, "200")
    for name, health in HEALTH.items():
        del expected[f"https://{name}.{DOMAIN}"]
        expected[health] = "200"
    expected[f"https://traefik.{DOMAIN}"] = "302"  # to its dashboard
    expected[f"https://portainer.{DOMAIN}/api/system/status"] = "200"
    assert cluster.codes(*expected) == expected


def test_another_root_is_not_enough(cluster: Cluster) -> None:
    other = str(cluster.lab.place.secrets / "ca.pem")
    done = cluster.run("curl", "-sS", "--cacert", other, f"https://portainer.{DOMAIN}/")
    assert (done.returncode, "certificate" in done.stderr) == (60, True)


def test_a_name_that_nobody_serves_is_404_and_port_80_redirects(cluster: Cluster) -> None:
    nobody = f"nobody.{DOMAIN}"
    codes = ["-s", "-o", "/dev/null", "-m", "20", "-w", "%{http_code} %{redirect_url}"]
    plain = cluster.run("curl", *codes, "--resolve", f"{nobody}:443:{GATEWAY}", f"https://{nobody}/")
    assert plain.stdout == "404 "
    redirected = cluster.run("curl", *codes, f"http://portainer.{DOMAIN}/x?y=1")
    assert redirected.stdout.split() in ([code, f"https://portainer.{DOMAIN}/x?y=1"] for code in ("301", "307", "308"))


def test_a_second_up_changes_nothing_and_restarts_nothing(cluster: Cluster) -> None:
    before = starts(cluster)
    assert "dnsmasq" in before
    assert len([line for line in before.splitlines() if line.startswith("container ")]) == 5
    text = cluster.up()
    assert " unchanged" in text
    for word in ("to create", "created", "updated", "deleted", "changes"):
        assert word not in text.partition("\nStages\n")[0], text
    assert starts(cluster) == before


def starts(cluster: Cluster) -> str:
    """When each daemon, guest and container began: a line each."""
    show = "systemctl show -p Id -p ExecMainStartTimestamp -p ExecMainPID"
    lines = [show + " " + " ".join(UNITS["node"])]
    lines += [f"pct exec {guest} -- {show} {' '.join(units)}" for guest, units in UNITS.items() if guest != "node"]
    lines += ["pct exec 101 -- pgrep nginx", "for f in $(ls /etc/pve/lxc | cut -d. -f1); do pct status $f; done"]
    text = cluster.node("; ".join(lines))
    for machine in (1001, 1002):
        text += cluster.machine(machine, f"{show} docker; stat -c 'machine %Y' /proc/1")
        look = "docker ps -q | xargs docker inspect -f 'container {{.Name}} {{.State.StartedAt}}' | sort"
        text += cluster.machine(machine, look)
    return text
