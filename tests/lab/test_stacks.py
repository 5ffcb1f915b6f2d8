"""A stack as people write them, on the converged lab: what its file and its labels say is what is there."""

import base64
import json
from typing import Any

import pytest

from tests.lab.additions import MACHINE_FILE, STACKS
from tests.lab.converged import DOMAIN, Cluster

pytestmark = pytest.mark.lab

HOST = f"trial.{DOMAIN}"
# anchors, octal modes, words like switches, labels in the file, dollars, a task that ends, two services behind one name
COMPOSE = """\
x-env: &env {LEVEL: "off", ACCEPT: "yes"}
x-deploy: &deploy
  endpoint_mode: dnsrr
  restart_policy: {condition: any, delay: 2s}
services:
  front:
    image: qdrant/qdrant:latest
    environment: *env
    configs: [{source: c, target: /etc/c, mode: 0440}]
    ports: [{target: 6333, published: 18080, mode: host}]
    deploy:
      <<: *deploy
      labels:
        traefik.enable: true
        traefik.http.routers.trial.rule: Host(`HOST`) && !PathPrefix(`/healthz`)
        traefik.http.routers.trial.middlewares: trial-auth@swarm
        traefik.http.middlewares.trial-auth.basicauth.users: ops:$$apr1$$abcdefgh$$h9FWgUz3n9YxylKLlR5SQ/
        traefik.http.services.trial.loadBalancer.server.port: 6333
  back:
    image: thinkheads_ai_app:latest
    environment: {<<: *env, API_PORT: "${PORT:?a port}"}
    ports: [{target: "${PORT}", published: 18081, mode: host}]
    deploy: *deploy
  once:
    image: portainer/portainer-ce:2.23.0
    entrypoint: [/docker, --version]
    env_file: ./once.env
    deploy: {restart_policy: {condition: none}}
configs: {c: {file: ./c.txt}}
""".replace("HOST", HOST)
STACK = f"""\
description: A stack as people write them.
environments:
  development:
    variables: [{{name: PORT, value: "8011"}}]
    services:
      back:
        traefik_labels:
          - traefik.http.routers.trial-api.rule=Host(`{HOST}`) && PathPrefix(`/api`)
          - traefik.http.routers.trial-api.priority=1000
          - traefik.http.routers.trial-api.middlewares=trial-strip,trial-headers
          - traefik.http.middlewares.trial-strip.stripprefix.prefixes=/api
          - traefik.http.middlewares.trial-headers.headers.customresponseheaders.X-Trial=yes, it is
          - traefik.http.services.trial-api.loadbalancer.server.port=${{PORT}}
    firewall_rules:
      - {{direction: in, action: ACCEPT, proto: tcp, ports: [18080, 18081], comment: Trial}}
"""


def asked(cluster: Cluster, path: str, *options: str) -> tuple[str, str]:
    """The code and the body, headers before it."""
    url = f"https://{HOST}{path}"
    said = cluster.run("curl", "-s", "-i", "-m", "20", "-w", "\n%{http_code}", *options, url).stdout
    text, _, code = said.rpartition("\n")
    return code, text


def specs(cluster: Cluster) -> dict[str, dict[str, Any]]:
    """The services of the stack as the engine has them."""
    names = " ".join(f"trial-development_{each}" for each in ("front", "back", "once"))
    found = json.loads(cluster.machine(1001, f"docker service inspect {names}"))
    return {each["Spec"]["Name"].partition("_")[2]: each["Spec"] for each in found}


def test_a_stack_as_people_write_them(cluster: Cluster) -> None:
    for name, text in (("compose.yaml", COMPOSE), ("stack.yaml", STACK), ("c.txt", "x\n"), ("once.env", "A=$x\n")):
        cluster.put(f"stacks/trial/{name}", text)
    cluster.edit(MACHINE_FILE, STACKS, STACKS.replace("]", ", trial]"))
    assert "  trial                    running" in cluster.up()

    found = specs(cluster)
    containers = {name: each["TaskTemplate"]["ContainerSpec"] for name, each in found.items()}
    assert containers["front"]["Env"] == ["ACCEPT=yes", "LEVEL=off"]
    assert containers["back"]["Env"] == ["ACCEPT=yes", "API_PORT=8011", "LEVEL=off"]
    assert containers["once"]["Env"] == ["A=$x"]
    assert [each["File"]["Mode"] for each in containers["front"]["Configs"]] == [0o440]
    assert not any(key.startswith("traefik.") for key in found["once"]["Labels"])
    here = ["node.hostname == drphoenix"]
    placed = {name: each["TaskTemplate"].get("Placement", {}).get("Constraints") for name, each in found.items()}
    assert placed == {"front": here, "back": here, "once": None}
    users = found["front"]["Labels"]["traefik.http.middlewares.trial-auth.basicauth.users"]
    assert users == "ops:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/"

    # the guard guards, the other path leads elsewhere, and what the rule leaves out is not there
    assert asked(cluster, "/")[0] == "401"
    assert asked(cluster, "/", "-u", "ops:wrong")[0] == "401"
    code, text = asked(cluster, "/", "-u", "ops:secret")
    assert (code, "qdrant - vector search engine" in text) == ("200", True)
    code, text = asked(cluster, "/api/")
    assert (code, "thinkheads_ai_app" in text, "yes, it is" in text) == ("200", True, True)
    assert asked(cluster, "/healthz", "-u", "ops:secret")[0] == "404"

    cluster.assert_clean()
    ran = cluster.machine(1001, "docker service ps -q trial-development_once")
    assert "unchanged" in cluster.up()
    assert cluster.machine(1001, "docker service ps -q trial-development_once") == ran
    cluster.assert_clean()


def test_a_task_that_fails_is_told_in_its_own_words(cluster: Cluster) -> None:
    once = "services:\n  once:\n    image: portainer/portainer-ce:2.23.0\n    entrypoint: [/docker, no-such-command]\n"
    once += "    deploy: {restart_policy: {condition: none}}\n"
    cluster.put("stacks/trial/compose.yaml", once)
    cluster.put("stacks/trial/stack.yaml", "description: It fails.\nenvironments: {development: {}}\n")
    cluster.edit(MACHINE_FILE, STACKS, STACKS.replace("]", ", trial]"))
    done = cluster.try_up()
    assert done.returncode != 0
    assert "stack trial-development: " in done.stdout
    assert "0 of 1 tasks running: task: non-zero exit (1)" in done.stdout
    assert "said: docker: 'no-such-command' is not a docker command." in done.stdout
    # what the failed run left is taken over, and so goes with its stack
    cluster.put("stacks/trial/compose.yaml", once.replace("no-such-command", "--version"))
    assert "trial                    running" in cluster.up()
    cluster.restore()
    cluster.up()
    assert cluster.machine(1001, "docker service ls -q --filter name=trial-development") == ""


# guests have no Python; Perl is in Debian's base system
SERVER = r"""
use IO::Socket::INET;
my $listening = IO::Socket::INET->new(LocalPort => 11434, Listen => 20, ReuseAddr => 1) or die;
$SIG{CHLD} = "IGNORE";
while (my $client = $listening->accept) {
    next if fork;
    my ($size, $left) = (0, 0);
    while (my $line = <$client>) {
        $size = $1 if $line =~ /^x-size: (\d+)/i;
        $left = $1 if $line =~ /^content-length: (\d+)/i;
        $under = $1 if $line =~ /^under_score: (\w+)/i;
        last if $line =~ /^\r?$/;
    }
    while ($left > 0) {
        my $got = read($client, my $block, $left < 65536 ? $left : 65536) or last;
        $left -= $got;
    }
    my $body = "left $left under $under\n";
    print $client "HTTP/1.1 200 OK\r\nSet-Cookie: a=" . "x" x $size . "\r\nContent-Length: " . length($body);
    print $client "\r\nConnection: close\r\n\r\n$body";
    exit;
}
"""


def test_large_headers_and_bodies_reach_a_service_and_come_back(cluster: Cluster) -> None:
    """A server in the place of guest 914's program, and no change of the configuration."""
    encoded = base64.b64encode(SERVER.encode()).decode()
    cluster.drift("pct exec 914 -- systemctl stop ollama")
    cluster.node(f"pct exec 914 -- sh -c 'echo {encoded} | base64 -d > /run/served.pl'")
    cluster.node("pct exec 914 -- systemd-run --unit=served perl /run/served.pl")
    url = f"https://ollama.{DOMAIN}/"
    try:
        for size in (6 << 10, 30 << 10):
            said = cluster.run("curl", "-s", "-D", "-", "-m", "20", "-H", f"X-Size: {size}", url).stdout
            assert (said[:11], len(said) > size) == ("HTTP/2 200 ", True)
        request = ["-H", f"Cookie: a={'y' * (15 << 10)}", "-H", "under_score: kept"]
        assert cluster.run("curl", "-s", "-m", "20", *request, url).stdout == "left 0 under kept\n"
        body = f"head -c 20000000 /dev/zero | curl -s -m 60 -T - -H 'Content-Length: 20000000' {url}"
        assert cluster.run("sh", "-c", body).stdout == "left 0 under \n"
    finally:
        cluster.node("pct exec 914 -- systemctl stop served; pct exec 914 -- systemctl start ollama")
