"""The gateway's Nginx configuration: TLS ends here, everything goes on to Traefik over mutual TLS."""

from jinja2 import Environment, StrictUndefined

from phoenix.model import Cluster
from phoenix.pki.kinds import CertificateKind
from phoenix.plan.certificates import held_by, roots_path
from phoenix.plan.routes import hosts

GATEWAY_PATH = "/etc/nginx/conf.d/gateway.conf"

PLACEHOLDER_PATH = "/etc/nginx/sites-enabled/default"
"""The distribution's own site, which would compete for port 80."""

_TEMPLATE = """\
# Written by phoenix; changes made here are undone by the next run.
map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      '';
}

upstream traefik {
    server {{ traefik_address }}:443;
    keepalive 32;
}

server {
    listen 80 default_server;
    server_name _;
    return 301 https://$host$request_uri;
}

ssl_certificate     {{ server.certificate }};
ssl_certificate_key {{ server.key }};
ssl_protocols       TLSv1.2 TLSv1.3;
ssl_session_cache   shared:gateway:4m;

# a name that nobody serves
server {
    listen 443 ssl http2 default_server;
    server_name _;
    return 404;
}

server {
    listen 443 ssl http2;
    server_name {{ gateway_host }};
    location = / {
        default_type text/plain;
        return 200 "gateway of {{ domain }}\\n";
    }
    location / {
        return 404;
    }
}

server {
    listen 443 ssl http2;
    server_name
{%- for host in hosts %}
        {{ host }}
{%- endfor %};

    client_max_body_size 0;

    location / {
        proxy_pass https://traefik;
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_buffering off;
        proxy_request_buffering off;
        proxy_read_timeout 3600s;
        proxy_ssl_server_name on;
        proxy_ssl_name {{ traefik_host }};
        proxy_ssl_verify on;
        proxy_ssl_verify_depth 2;
        proxy_ssl_trusted_certificate {{ root }};
        proxy_ssl_certificate {{ client.certificate }};
        proxy_ssl_certificate_key {{ client.key }};
    }
}
"""


def gateway_config(cluster: Cluster) -> str:
    """The one file under `conf.d`; every routed host name and Traefik's own are listed in a stable order."""
    gateway = cluster.gateway
    server = held_by(cluster, gateway.vmid, CertificateKind.SERVER)
    traefik_host = cluster.node.fqdn("traefik")
    service = gateway.traefik_service
    template = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    return template.from_string(_TEMPLATE).render(
        server=server,
        client=held_by(cluster, gateway.vmid, CertificateKind.CLIENT),
        root=roots_path(cluster, gateway.vmid),
        traefik_address=cluster.traefik.address,
        traefik_host=traefik_host,
        domain=cluster.node.domain,
        gateway_host=cluster.node.fqdn(service.name if service else gateway.name),
        hosts=[traefik_host, *sorted(hosts(cluster))],
    )
