"""Traefik's dynamic configuration: all routes, and TLS towards the gateway and backends.

https://doc.traefik.io/traefik/reference/dynamic-configuration/file/
"""

from typing import Any

from phoenix.model import Cluster, Scheme
from phoenix.model.traefik.own import BRIDGE_RESTART, DASHBOARD, PINNED_ROOT
from phoenix.pki.kinds import CertificateKind
from phoenix.plan.certificates import held_by, roots_path
from phoenix.plan.routes import Balancer, Router, routing
from phoenix.plan.yaml_text import dump

DYNAMIC_PATH = "/etc/traefik/dynamic/dynamic_conf.yml"
# A backend that restarts (one replica, a published port) is tried again instead of failing the client, for about 13 s:
# Traefik's waits grow from the initial interval to twice that over all attempts.
# Only requests that no backend has taken yet are repeated. https://doc.traefik.io/traefik/middlewares/http/retry/
_RETRY = {"attempts": 25, "initialInterval": "400ms"}


def router_names(cluster: Cluster) -> tuple[str, ...]:
    """Names of the routers as Traefik's API reports them, without `@file`."""
    return (DASHBOARD, *(router.name for router in routing(cluster).routers))


def confirmation(cluster: Cluster) -> tuple[str, ...]:
    """A command in the guest that succeeds once Traefik serves exactly these routers, each of them enabled."""
    script = """
live=$(curl -fsS --max-time 4 'http://127.0.0.1:8080/api/http/routers?per_page=1000') || exit 1
printf '%s' "$live" | jq -e --args '
  map(select(.provider == "file")) as $file
  | ($file | map(.name | rtrimstr("@file")) | sort) == ($ARGS.positional | sort)
    and all($file[]; .status == "enabled")' "$@" >/dev/null || { printf '%s' "$live" | head -c 600 >&2; exit 1; }
"""
    return ("sh", "-uc", script, "sh", *router_names(cluster))


def dynamic_config(cluster: Cluster) -> str:
    """The YAML file that Traefik's file provider watches."""
    found = routing(cluster)
    document = {
        "http": {
            "routers": {DASHBOARD: _dashboard(cluster), **{router.name: _router(router) for router in found.routers}},
            "services": {name: _service(service) for name, service in found.services.items()},
            "middlewares": {BRIDGE_RESTART: {"retry": dict(_RETRY)}, **found.middlewares},
            "serversTransports": {PINNED_ROOT: _transport(cluster)},
        },
        "tls": _tls(cluster),
    }
    # the file provider fills templates in before it reads YAML
    text = dump(document).replace("{{", '{{"{{"}}')
    return "# Written by phoenix; changes made here are undone by the next run.\n" + text


def _dashboard(cluster: Cluster) -> dict[str, Any]:
    host = cluster.node.fqdn("traefik")
    return {"rule": f"Host(`{host}`)", "entryPoints": ["websecure"], "service": "api@internal", "tls": {}}


def _router(router: Router) -> dict[str, Any]:
    return {
        "rule": router.rule,
        "entryPoints": ["websecure"],
        "service": router.service,
        "middlewares": [BRIDGE_RESTART, *router.middlewares],
        **router.fields,
        "tls": {},
    }


def _service(service: Balancer) -> dict[str, Any]:
    balancer: dict[str, Any] = {
        "servers": [{"url": server.url, **server.fields} for server in service.servers],
        "passHostHeader": True,
    }
    if any(server.scheme == Scheme.HTTPS for server in service.servers):
        balancer["serversTransport"] = PINNED_ROOT
    return {"loadBalancer": {**balancer, **service.fields}}


def _transport(cluster: Cluster) -> dict[str, Any]:
    transport: dict[str, Any] = {"rootCAs": [roots_path(cluster, cluster.traefik.vmid)]}
    client = held_by(cluster, cluster.traefik.vmid, CertificateKind.CLIENT)
    if client is not None:
        transport["certificates"] = [{"certFile": client.certificate, "keyFile": client.key}]
    return transport


def _tls(cluster: Cluster) -> dict[str, Any]:
    # one set of options for every name: Traefik answers 421 where SNI and Host would ask for different ones
    roots = [roots_path(cluster, cluster.traefik.vmid)]
    default = {
        "minVersion": "VersionTLS12",
        "clientAuth": {"caFiles": roots, "clientAuthType": "RequireAndVerifyClientCert"},
    }
    tls: dict[str, Any] = {"options": {"default": default}}
    server = held_by(cluster, cluster.traefik.vmid, CertificateKind.SERVER)
    if server is not None:
        pair = {"certFile": server.certificate, "keyFile": server.key}
        tls["certificates"] = [pair]
        tls["stores"] = {"default": {"defaultCertificate": dict(pair)}}
    return tls
