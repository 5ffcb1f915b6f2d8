"""The gateway's Nginx configuration: TLS ends here, everything goes on to Traefik over mutual TLS."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from jinja2 import Environment, StrictUndefined

from phoenix.model import Cluster, Site
from phoenix.pki.kinds import CertificateKind
from phoenix.plan.certificates import held_by, roots_path
from phoenix.plan.nginx_template import TEMPLATE
from phoenix.plan.routes import hosts

GATEWAY_PATH = "/etc/nginx/conf.d/gateway.conf"

PLACEHOLDER_PATH = "/etc/nginx/sites-enabled/default"
"""The distribution's own site, which would compete for port 80."""

_SAID = {
    "Host": "$host",
    "X-Real-IP": "$remote_addr",
    "X-Forwarded-For": "$remote_addr",
    "X-Forwarded-Proto": "$scheme",
}
"""What the services are told of the client; whatever it says of itself stays here."""

_UNSAID = (
    *("Forwarded", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Prefix"),
    *("X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info"),
)
"""Further headers that Traefik believes when the gateway sends them: https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/"""


def gateway_config(cluster: Cluster) -> str:
    """The one file under `conf.d`; every routed host name and Traefik's own are listed in a stable order."""
    gateway = cluster.gateway_guest
    service = gateway.traefik_service
    environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True, trim_blocks=True)
    return environment.from_string(TEMPLATE).render(
        server=held_by(cluster, gateway.vmid, CertificateKind.SERVER),
        client=held_by(cluster, gateway.vmid, CertificateKind.CLIENT),
        root=roots_path(cluster, gateway.vmid),
        traefik_address=cluster.traefik.address,
        traefik_host=cluster.node.fqdn("traefik"),
        domain=cluster.node.domain,
        gateway_host=cluster.node.fqdn(service.name if service else gateway.name),
        sites=_servers(cluster),
        added=_added(cluster),
        proxies=cluster.gateway.trusted_proxies,
        forwarded={**_SAID, **dict.fromkeys(_UNSAID, '""')},
        aliases=_aliases(),
    )


@dataclass(frozen=True)
class _Server:
    """Host names that are served alike, and Nginx' words for how."""

    hosts: list[str]
    max_body: str
    read_timeout: str
    buffering: str


def _servers(cluster: Cluster) -> Iterator[_Server]:
    """One for all that have no settings of their own, then one for each that has."""
    traefik = cluster.node.fqdn("traefik")
    every = [traefik, *sorted(set(hosts(cluster)) - {traefik})]
    own = {site.host.lower(): site for site in cluster.gateway.sites}
    if alike := [host for host in every if host not in own]:
        yield _server(alike, Site(host=alike[0]))
    yield from (_server([host], own[host]) for host in every if host in own)


def _server(hosts: list[str], site: Site) -> _Server:
    return _Server(
        hosts=hosts,
        # Nginx' word for no limit is 0
        max_body=f"{site.max_body_mb}m" if site.max_body_mb else "0",
        read_timeout=f"{site.read_timeout_seconds}s",
        buffering="on" if site.buffering else "off",
    )


def _added(cluster: Cluster) -> list[tuple[str, str, str]]:
    """Headers that are added to answers: name, the name in variables, and the value as Nginx quotes it."""
    return [
        (name, name.lower().replace("-", "_"), value.replace('"', '\\"'))
        for name, value in cluster.gateway.added_headers.items()
    ]


def _aliases() -> list[str]:
    """Every spelling with an underscore of what only the gateway says: many services do not tell it from the hyphen.

    Both become one variable in CGI (RFC 3875, 4.1.18) and WSGI.
    """
    # longer ones are of a client's certificate, which nothing asks for here
    names = [name for name in (*_SAID, *_UNSAID) if name.count("-") == 2]
    spelt = ("".join(parts) for name in names for parts in product(*(("-", "_") if c == "-" else c for c in name)))
    return [name for name in spelt if "_" in name]
