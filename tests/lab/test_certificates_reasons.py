"""Every reason for which a certificate is due: the preview names it, `up` changes it and its users and nothing else."""

import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest

from phoenix.pki import keys
from phoenix.pki.chain import fingerprint
from phoenix.pki.keys import matches
from phoenix.pki.kinds import CertificateKind, KeyType
from tests.lab.certificate_damage import directory, held, issue, put
from tests.lab.converged import DOMAIN, Cluster, said_of_failure
from tests.pki.authority import Authority

pytestmark = pytest.mark.lab

CHANGED = re.compile(r"^ [~+-]+\s+pulumi-python:dynamic/phoenix:\w+ (\S+) (?:updated|created|deleted|replaced)", re.M)
FORCED = {"PHOENIX_RENEW_CERTIFICATES": "portainer-client"}
PORTAINER = {"secret-portainer_tls_cert", "secret-portainer_tls_key", "stack-portainer_service"}
# reason as the preview says it, the resources that `up` changes, and whether the certificate is another one then
REASONS: dict[str, tuple[str, set[str], bool]] = {
    "nginx": ("expired", {"copy-nginx-101"}, True),
    "portainer": (r"expires in (5h5\dm|6h) \(window 12h\)", PORTAINER, True),
    "traefik": ("key does not match", {"copy-traefik-102"}, True),
    "drphoenix-agent": (
        rf"SANs differ: \+ portainer-agent\.{DOMAIN}, - elsewhere\.{DOMAIN}", {"copy-drphoenix-agent-1002"}, True,
    ),
    "docker-daemon": ("issuer is not the pinned root", {"copy-docker-daemon-1001"}, True),
    "traefik-client": ("file missing on the node", {"copy-traefik-client-102"}, True),
    "portainer-client": ("forced", {"secret-portainer_client_cert", "secret-portainer_client_key"}, True),
    "nginx-gateway-client": ("no", set(), False),
}  # fmt: skip


def damage(cluster: Cluster) -> None:
    """Each certificate gets another one of the reasons."""
    wildcards = [f"*.{DOMAIN}", DOMAIN, f"*.thinkheads.{DOMAIN}"]
    put(cluster, "nginx", *issue(cluster, f"nginx.{DOMAIN}", wildcards, left=timedelta(seconds=3)))
    put(cluster, "portainer", *issue(cluster, f"portainer.{DOMAIN}", ["10.0.0.111"], left=timedelta(hours=6)))
    put(cluster, "traefik", key=keys.private_pem(keys.generate(KeyType.P256)))
    names = [f"elsewhere.{DOMAIN}", "10.0.0.102"]
    put(cluster, "drphoenix-agent", *issue(cluster, f"drphoenix-agent.{DOMAIN}", names, left=timedelta(hours=24)))
    foreign, key = Authority().issue(frozenset({f"portainer.{DOMAIN}", "10.0.0.111"}))
    put(cluster, "docker-daemon", foreign.pem, keys.private_pem(key))
    (directory(cluster, "traefik-client") / "cert.pem").unlink()
    cluster.node("cd /quickOS/certificates/nginx-gateway-client; chmod 0640 key.pem; chgrp www-data key.pem")
    time.sleep(4)


def reasons(text: str) -> dict[str, str]:
    """Certificate -> why it is due, from a preview's JSON."""
    steps: list[dict[str, Any]] = json.loads(text)["steps"]
    found = {}
    for step in steps:
        name = step["urn"].rsplit("::", 1)[1]
        if step["op"] == "update" and name.startswith("certificate-"):
            found[name.removeprefix("certificate-")] = step["oldState"]["inputs"]["renew"]
    return found


def test_every_reason_is_named_repaired_and_gone(cluster: Cluster) -> None:
    before = {name: fingerprint(held(cluster, name).leaf) for name in REASONS}
    old_key = {name: (directory(cluster, name) / "key.pem").read_bytes() for name in ("portainer-client",)}
    damage(cluster)
    aged_key = (directory(cluster, "portainer") / "key.pem").read_bytes()
    preview = cluster.run("pulumi", "preview", "--stack", "dev", "--json", environment=FORCED)
    assert preview.returncode == 0, preview.stdout + preview.stderr
    said = reasons(preview.stdout)
    assert said.keys() == REASONS.keys()
    for name, (reason, _, _) in REASONS.items():
        assert re.fullmatch(reason, said[name]), (name, said[name])
    expected = {f"certificate-{name}" for name in REASONS}.union(*(users for _, users, _ in REASONS.values()))
    done = cluster.try_up(**FORCED)
    assert done.returncode == 0, said_of_failure(done)
    assert set(CHANGED.findall(done.stdout)) == expected
    cluster.assert_clean()
    for name, (_, _, renewed) in REASONS.items():
        leaf = held(cluster, name).leaf
        key = (directory(cluster, name) / "key.pem").read_bytes()
        assert matches(key, leaf), name
        assert (fingerprint(leaf) != before[name]) is renewed, name
    # a renewal keeps the key
    assert (directory(cluster, "portainer") / "key.pem").read_bytes() == aged_key
    assert (directory(cluster, "portainer-client") / "key.pem").read_bytes() == old_key["portainer-client"]
    mode = cluster.node("stat -L -c '%a %U:%G' /quickOS/certificates/nginx-gateway-client/key.pem")
    assert mode == "600 root:root\n"
    cluster.settled = True


def test_one_that_is_due_changes_nobody_else(cluster: Cluster) -> None:
    name = f"traefik-client.{DOMAIN}"
    put(
        cluster,
        "traefik-client",
        *issue(cluster, name, [], left=timedelta(hours=3, seconds=30), kind=CertificateKind.CLIENT),
    )
    shown = cluster.run("pulumi", "preview", "--stack", "dev", "--diff", "--non-interactive").stdout
    assert re.search(r'renew *: "expires in (2h5\dm|3h) \(window 12h\)" => "no"', shown), shown
    assert cluster.preview().changes == {"certificate-traefik-client": "update", "copy-traefik-client-102": "update"}
    done = cluster.try_up()
    assert set(CHANGED.findall(done.stdout)) == {"certificate-traefik-client", "copy-traefik-client-102"}
    cluster.assert_clean()
    again = cluster.try_up()
    assert CHANGED.findall(again.stdout) == []
    cluster.settled = True
