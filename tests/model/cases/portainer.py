"""Portainer's server in versions that are not supported, or told what its version does not take."""

from tests.model.broken import PORTAINER_COMPOSE, WEB_COMPOSE, Broken, Edit, Expected

IMAGE = "    image: portainer\n"
FIELD = "services.portainer"


def server(name: str, tag: str, more: str, *expected: Expected) -> Broken:
    """The server's image with this tag, and more lines of its service."""
    return Broken(name, (Edit(PORTAINER_COMPOSE, IMAGE, f"    image: portainer/portainer-ce:{tag}\n{more}"),), expected)


def refused(line: str, field: str, value: str, allowed: str) -> Expected:
    return Expected(PORTAINER_COMPOSE, line, f"{FIELD}.{field}", value, allowed)


OLD = refused("portainer-ce:", "image", "2.22.0", "a tag from 2.23.0 on")
URLS, NAMES = "from Portainer 2.41.0 on URLs", "before Portainer 2.41.0 host names alone"

CASES = (
    server("Portainer that is too old", "2.22.0", "", OLD),
    server("Portainer that is too old, for Alpine", "2.22.0-alpine", "", OLD),
    Broken(
        "Portainer that is not the cluster's own is no problem",
        (Edit(WEB_COMPOSE, "    image: web\n", "    image: portainer/portainer-ce:2.22.0\n"),),
        (),
    ),
    server("Portainer that is old enough is no problem", "2.23.0", ""),
    server(
        "Portainer whose tag tells no version is no problem", "lts", "    command: [--trusted-origins, a.example]\n"
    ),
    server(
        "trusted origin of the old form",
        "2.41.0",
        "    command: [--bind-https=:9443, --trusted-origins=https://a.example:8443, --trusted-origins, b.example]\n",
        refused("trusted-origins, b.example", "command[3]", "b.example", URLS),
    ),
    server(
        "trusted origins of the old form in one text",
        "2.45.0-alpine",
        "    command: --bind-https :9443 --trusted-origins https://a.example,b.example\n",
        refused("trusted-origins https", "command", "b.example", URLS),
    ),
    server(
        "trusted origin of the new form",
        "2.33.5",
        "    environment: {TRUSTED_ORIGINS: 'a.example,https://b.example'}\n",
        refused("TRUSTED_ORIGINS", "environment.TRUSTED_ORIGINS", "https://b.example", NAMES),
    ),
    server(
        "trusted origin with a port",
        "2.40.0",
        "    environment: [A=b, 'TRUSTED_ORIGINS=a.example:8443']\n",
        refused("TRUSTED_ORIGINS", "environment[1]", "a.example:8443", NAMES),
    ),
    server(
        "trusted origins of the right form are no problem",
        "2.33.5",
        "    command: --trusted-origins=a.example\n    environment: {TRUSTED_ORIGINS: b.example}\n",
    ),
    server("a command that cannot be split tells no origins", "2.33.5", '    command: "--trusted-origins \'a:b"\n'),
)
