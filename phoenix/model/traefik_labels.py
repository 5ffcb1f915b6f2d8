"""The Traefik labels that the product acts on, and what each may say: https://doc.traefik.io/traefik/routing/providers/swarm/

Keys are matched as Traefik does, whatever their capitals. Every other label is refused by the checks: nothing is
dropped in silence, or a page would lose its guard.
"""

import re

PREFIX = "traefik."
_NAME = r"(?P<name>[^.]+)"


def _key(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(".", r"\.").replace("NAME", _NAME), re.IGNORECASE)


RULE = _key("traefik.http.routers.NAME.rule")
PORT = _key("traefik.http.services.NAME.loadbalancer.server.port")
SCHEME = _key("traefik.http.services.NAME.loadbalancer.server.scheme")
ROUTED_TO = _key("traefik.http.routers.NAME.service")

ALLOWED: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = (
    (PORT, re.compile(r"[1-9][0-9]{0,4}"), "the number of a port"),
    (SCHEME, re.compile(r"https?"), "http or https"),
    (ROUTED_TO, re.compile(r".+"), "the name that the label of the port has"),
    (_key("traefik.enable"), re.compile(r"true"), "true; take the labels away to have no route"),
    (_key("traefik.http.routers.NAME.entrypoints"), re.compile(r"websecure"), "websecure, the only one there is"),
    (_key("traefik.http.routers.NAME.tls"), re.compile(r"true"), "true"),
    # where Traefik stands outside of the Swarm, services are reached by their published ports
    (_key("traefik.docker.network"), re.compile(r".+"), "a network"),
    (_key("traefik.swarm.network"), re.compile(r".+"), "a network"),
)
"""Key, value, and the value in words, of every label but the rule."""

_QUOTED = r"(?:`[^`]+`|'[^']+'|\"[^\"]+\")"
_HOST = re.compile(rf"Host\(\s*{_QUOTED}(?:\s*,\s*{_QUOTED})*\s*\)")


def hosts(rule: str) -> tuple[str, ...]:
    """Every host name of a rule, in lower case; raises ValueError for a rule that says more than host names."""
    found: list[str] = []
    for part in rule.split("||"):
        if not _HOST.fullmatch(part.strip()):
            raise ValueError(
                f"only Host(`a.example`), several of them joined by ||; not understood is {part.strip()!r}"
            )
        found += (quoted[1:-1].lower() for quoted in re.findall(_QUOTED, part))
    return tuple(found)
