"""Traefik with a file provider; its routers, services and certificates come as dynamic files later."""

from phoenix.features.download import Installed
from phoenix.features.feature import Feature, Given, Options, render
from phoenix.features.part import Directory, File, Health, Packages, Part, get
from phoenix.features.unit import Unit

BINARY = "/usr/local/bin/traefik"
DYNAMIC = "/etc/traefik/dynamic"


class TraefikOptions(Options):
    """`trusted_ips` may set forwarded headers (the gateway in front); `api` is where API and ping listen."""

    trusted_ips: tuple[str, ...]
    api: str = "127.0.0.1:8080"


def _parts(options: TraefikOptions, given: Given) -> list[Part]:
    static = render(__name__, "traefik.yml.j2", dynamic=DYNAMIC, trusted_ips=options.trusted_ips, api=options.api)
    unit = render(__name__, "traefik.service.j2", binary=BINARY, dynamic=DYNAMIC)
    port = options.api.rpartition(":")[2]
    return [
        Packages(("curl", "ca-certificates")),
        Installed("traefik", given.artifacts["traefik"], BINARY),
        Directory(DYNAMIC),
        File("/etc/traefik/traefik.yml", static),
        Unit("traefik", unit, files=(BINARY, "/etc/traefik/traefik.yml")),
        Health("Traefik", get(f"http://127.0.0.1:{port}/ping"), "traefik"),
    ]


FEATURE = Feature("traefik", TraefikOptions, _parts, artifacts=("traefik",))
