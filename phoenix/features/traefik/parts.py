"""The parts of `traefik`."""

from phoenix.features.download import Installed
from phoenix.features.given import Given
from phoenix.features.part import Directory, File, Health, Packages, Part, get
from phoenix.features.template import render
from phoenix.features.traefik import TraefikOptions
from phoenix.features.unit import Unit

BINARY = "/usr/local/bin/traefik"
DYNAMIC = "/etc/traefik/dynamic"


def parts(options: TraefikOptions, given: Given) -> list[Part]:
    static = render(__package__, "traefik.yml.j2", dynamic=DYNAMIC, trusted_ips=options.trusted_ips, api=options.api)
    unit = render(__package__, "traefik.service.j2", binary=BINARY, dynamic=DYNAMIC)
    port = options.api.rpartition(":")[2]
    return [
        Packages(("curl", "ca-certificates")),
        Installed("traefik", given.artifacts["traefik"], BINARY),
        Directory(DYNAMIC),
        File("/etc/traefik/traefik.yml", static),
        Unit("traefik", unit, files=(BINARY, "/etc/traefik/traefik.yml")),
        Health("Traefik", get(f"http://127.0.0.1:{port}/ping"), "traefik"),
    ]
