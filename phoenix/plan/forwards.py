"""The TCP ports that the gateway's Nginx passes on: https://nginx.org/en/docs/stream/ngx_stream_core_module.html"""

from collections.abc import Iterator

from phoenix.model import Cluster

FORWARDS_PATH = "/etc/nginx/modules-enabled/90-forwards.conf"
"""What the distribution's nginx.conf includes outside of `http`; behind the module's own file."""

_SERVER = """\
    server {{
        listen {port};
        proxy_pass {address}:{guest_port};
        proxy_timeout 24h;
    }}
"""


def forwards_config(cluster: Cluster) -> str:
    """The file with the ports that are passed on; empty where there are none."""
    servers = "".join(_servers(cluster))
    if not servers:
        return ""
    return f"# Written by phoenix; changes made here are undone by the next run.\nstream {{\n{servers}}}\n"


def _servers(cluster: Cluster) -> Iterator[str]:
    for each in cluster.gateway.forwards:
        address = cluster.guest(each.guest).address
        yield _SERVER.format(port=each.port, address=address, guest_port=each.guest_port)
