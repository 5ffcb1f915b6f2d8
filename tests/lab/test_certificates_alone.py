"""The part of a run that is about certificates alone, and what monitoring is told before and after it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from phoenix.pki.chain import fingerprint
from phoenix.pki.kinds import CertificateKind
from tests.lab.certificate_damage import held, issue, put
from tests.lab.converged import DOMAIN, Cluster, Said, said_of_failure
from tests.lab.test_certificates_reasons import CHANGED, PORTAINER

pytestmark = pytest.mark.lab

DNS = "/etc/dnsmasq.d/00-phoenix-internal.conf"
COLUMNS = {"name", "sans", "issuer", "expires", "left", "users", "state"}


def alone(cluster: Cluster) -> Said:
    """A run for certificates alone, as a timer makes it."""
    command = [str(cluster.checkout / "bin" / "phoenix"), "up", "--stack", "dev", "--certificates-only"]
    return cluster.run(*command)


def reported(cluster: Cluster) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code for monitoring, and each certificate's report."""
    done = cluster.run(str(cluster.checkout / "bin" / "phoenix"), "certs", "--stack", "dev", "--json")
    return done.returncode, {each["name"]: each for each in json.loads(done.stdout)}


def test_certificates_alone_are_renewed_with_their_users(cluster: Cluster) -> None:
    code, before = reported(cluster)
    assert (code, {each["state"] for each in before.values()}) == (0, {"ok"})
    assert all(each.keys() >= COLUMNS for each in before.values())
    assert before["nginx"]["users"] == ["guest 101 (Nginx-Phoenix)"]
    client, portainer = f"traefik-client.{DOMAIN}", f"portainer.{DOMAIN}"
    put(cluster, "traefik-client", *issue(cluster, client, [], left=timedelta(hours=3), kind=CertificateKind.CLIENT))
    put(cluster, "portainer", *issue(cluster, portainer, ["10.0.0.111"], left=timedelta(hours=4)))
    cluster.drift(f"echo address=/mine.{DOMAIN}/10.0.0.77 >> {DNS}")
    code, due = reported(cluster)
    assert code == 1
    assert {name for name, each in due.items() if each["level"]} == {"traefik-client", "portainer"}
    assert due["portainer"]["state"] == f"due: expires in {due['portainer']['left']} (window 12h)"

    old = fingerprint(held(cluster, "traefik-client").leaf)
    done = alone(cluster)
    assert done.returncode == 0, said_of_failure(done)
    mine = {"certificate-traefik-client", "copy-traefik-client-102", "certificate-portainer"}
    assert set(CHANGED.findall(done.stdout)) == mine | PORTAINER
    assert fingerprint(held(cluster, "traefik-client").leaf) != old
    assert reported(cluster)[0] == 0
    # what is no certificate was not looked at
    assert cluster.preview().changes == {"dns": "update"}
    again = alone(cluster)
    assert (again.returncode, CHANGED.findall(again.stdout)) == (0, [])
    cluster.up()
    cluster.assert_clean()


def test_monitoring_is_told_what_cannot_be_used(cluster: Cluster) -> None:
    put(cluster, "nginx", certificate=b"garbage\n")
    code, found = reported(cluster)
    assert (code, found["nginx"]["state"], found["nginx"]["level"]) == (2, "unreadable", 2)
    table = cluster.run(str(cluster.checkout / "bin" / "phoenix"), "certs", "--stack", "dev")
    assert table.returncode == 2
    assert table.stdout.split("\n")[0].split() == ["NAME", "SANS", "ISSUER", "EXPIRES", "LEFT", "USERS", "STATE"]
    cluster.up()
    assert reported(cluster)[0] == 0
