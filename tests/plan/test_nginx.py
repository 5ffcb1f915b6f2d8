"""The gateway's Nginx configuration: what it serves, and Nginx's own check of it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from phoenix.model import Cluster, Gateway, Site
from phoenix.plan import nginx
from phoenix.plan.routes import routes
from tests.plan import throwaway
from tests.plan.reference import ENVIRONMENTS, reference


def served(text: str) -> list[str]:
    """The host names of the blocks that proxy to Traefik."""
    blocks = [each for each in text.split("\nserver {") if "proxy_pass" in each]
    return [name for each in blocks for name in re.findall(r"server_name\s+([^;]*);", each)[0].split()]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_proxies_every_route_and_traefik_itself(environment: str) -> None:
    cluster = reference(environment)
    hosts = [f"traefik.{cluster.node.domain}", *sorted(route.host for route in routes(cluster))]
    assert served(nginx.gateway_config(cluster)) == hosts


def test_its_own_name_does_not_go_to_traefik() -> None:
    text = nginx.gateway_config(reference())
    assert "nginx.internal.thinkheads.ai" not in served(text)
    assert "server_name nginx.internal.thinkheads.ai;" in text


LINES = [
    "server 10.0.0.12:443;",
    "ssl_certificate     /etc/nginx/ssl/nginx.internal.thinkheads.ai.crt;",
    "ssl_certificate_key /etc/nginx/ssl/nginx.internal.thinkheads.ai.key;",
    "return 301 https://$host$request_uri;",
    "proxy_pass https://traefik;",
    "proxy_set_header Host $host;",
    "proxy_set_header X-Forwarded-Proto $scheme;",
    "proxy_set_header Upgrade $http_upgrade;",
    "proxy_ssl_server_name on;",
    "proxy_ssl_name traefik.internal.thinkheads.ai;",
    "proxy_ssl_verify on;",
    "proxy_ssl_trusted_certificate /etc/nginx/ssl/ca.pem;",
    "proxy_ssl_certificate /etc/nginx/ssl/nginx-client.crt;",
    "proxy_ssl_certificate_key /etc/nginx/ssl/nginx-client.key;",
    "ssl_protocols TLSv1.2 TLSv1.3;",
    "proxy_ssl_verify_depth 2;",
    "grpc_ssl_verify_depth 2;",
    "grpc_ssl_certificate /etc/nginx/ssl/nginx-client.crt;",
    "grpc_ssl_certificate_key /etc/nginx/ssl/nginx-client.key;",
    "grpc_pass grpcs://traefik_grpc;",
    "grpc_ssl_server_name on;",
    "grpc_ssl_name traefik.internal.thinkheads.ai;",
    "grpc_ssl_verify on;",
    "grpc_ssl_trusted_certificate /etc/nginx/ssl/ca.pem;",
    "client_max_body_size 0;",
]


@pytest.mark.parametrize("line", LINES)
def test_it_says(line: str) -> None:
    assert line in [each.strip() for each in nginx.gateway_config(reference()).splitlines()]


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nginx_accepts_the_file(tmp_path: Path, environment: str) -> None:
    text = throwaway.below(tmp_path, nginx.gateway_config(reference(environment)))
    good = check(tmp_path, text)
    assert good.returncode == 0, good.stderr
    bad = check(tmp_path, text.replace("proxy_ssl_verify on;", "proxy_ssl_verify perhaps;"))
    assert bad.returncode == 1
    assert "invalid value" in bad.stderr


KINDS = {
    "application/grpc": True,
    "application/grpc+proto": True,
    "application/grpc; charset=utf-8": True,
    "Application/GRPC": True,
    "application/grpc-web": False,
    "application/grpc-web+proto": False,
    "application/json": False,
}


@pytest.mark.parametrize(("kind", "grpc"), KINDS.items())
def test_grpc_is_told_by_its_content_type_and_http2(kind: str, grpc: bool) -> None:
    """The expression means the same to Python."""
    (expression,) = re.findall(r'^\s*"~\*(.+)" grpc;$', nginx.gateway_config(reference()), re.MULTILINE)
    assert bool(re.search(expression, f"HTTP/2.0 {kind}", re.IGNORECASE)) is grpc
    assert not re.search(expression, f"HTTP/1.1 {kind}", re.IGNORECASE)


def test_a_site_with_settings_has_a_server_of_its_own() -> None:
    ours = ["traefik.internal.thinkheads.ai", "ollama.internal.thinkheads.ai"]
    sites = tuple(Site(host=host.upper(), max_body_mb=5) for host in ours)
    text = nginx.gateway_config(reference().model_copy(update={"gateway": Gateway(sites=sites)}))
    plain = [host for host in served(nginx.gateway_config(reference())) if host not in ours]
    assert served(text) == [*plain, *ours]
    assert re.findall(r"client_max_body_size (\w+);", text) == ["0", "5m", "5m"]


def said_against_it(stderr: str) -> list[str]:
    """What `nginx -t` says, but for its agreement, and for the word that 1.22 must have and 1.25 would replace."""
    fine = "syntax is ok|test is successful|the .listen ... http2. directive is deprecated"
    return [line for line in stderr.splitlines() if not re.search(fine, line)]


def with_hosts(hosts: list[str]) -> Cluster:
    """The reference cluster with so many names for one service, a hundred of them a router."""
    cluster = reference()
    stack = cluster.stack("qdrant_service")
    environment = stack.environments["production"]
    ((name, service),) = environment.services.items()
    rules = [
        " || ".join(f"Host(`{host}`)" for host in hosts[start : start + 100]) for start in range(0, len(hosts), 100)
    ]
    port = (each for each in service.traefik_labels if ".port=" in each)
    labels = (*port, *(f"traefik.http.routers.q{number}.rule={rule}" for number, rule in enumerate(rules)))
    update = {"services": {name: service.model_copy(update={"traefik_labels": labels})}}
    stack = stack.model_copy(update={"environments": {"production": environment.model_copy(update=update)}})
    stacks = tuple(stack if each.name == stack.name else each for each in cluster.stacks)
    return cluster.model_copy(update={"stacks": stacks})


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_thousands_of_the_longest_names(tmp_path: Path) -> None:
    hosts = [f"{number:04}{'n' * 59}.{'a' * 63}.{'b' * 63}.{'c' * 61}" for number in range(2000)]
    assert {len(host) for host in hosts} == {253}
    text = throwaway.below(tmp_path, nginx.gateway_config(with_hosts(hosts)))
    assert set(hosts) < set(served(text))
    done = check(tmp_path, text)
    assert (done.returncode, said_against_it(done.stderr)) == (0, [])


def check(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    # ports that any user may bind and nobody holds: nginx -t opens its sockets
    text = re.sub(r"listen (80|443)", lambda port: f"listen unix:{folder}/{port[1]}.sock", text)
    (folder / "gateway.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    http = f"access_log off; {temporary} include {folder}/gateway.conf;"
    frame = f"pid {folder}/pid; events {{}} http {{ {http} }}"
    (folder / "nginx.conf").write_text(frame)
    argv = ["nginx", "-t", "-e", f"{folder}/error.log", "-p", str(folder), "-c", f"{folder}/nginx.conf"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
