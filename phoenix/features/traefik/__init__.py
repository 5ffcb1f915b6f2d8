"""Traefik with a file provider; its routers, services and certificates come as dynamic files later."""

from typing import Literal

from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.surroundings import Surroundings


class Traefik(Declared):
    """The reverse proxy behind the gateway."""

    name: Literal["traefik"]


class TraefikOptions(Options):
    """`trusted_ips` may set forwarded headers (the gateway in front); `api` is where API and ping listen."""

    trusted_ips: tuple[str, ...]
    api: str = "127.0.0.1:8080"


def _resolve(_declared: Traefik, around: Surroundings) -> TraefikOptions:
    return TraefikOptions(trusted_ips=(around.gateway,))


FEATURE = Feature(Traefik, options=TraefikOptions, resolve=_resolve, artifacts=("traefik",), unit="traefik")
