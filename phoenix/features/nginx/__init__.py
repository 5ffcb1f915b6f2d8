"""Nginx, answering with a placeholder until the gateway's configuration arrives."""

from typing import Literal

from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.surroundings import Surroundings


class Nginx(Declared):
    """The web server of the gateway."""

    name: Literal["nginx"]


class NginxOptions(Options):
    """`stream` is whether it passes TCP ports on, which takes a module of its own."""

    stream: bool = False


def _resolve(_declared: Nginx, around: Surroundings) -> NginxOptions:
    # an option that is not given does not stand in the states of those who need it not
    return NginxOptions(stream=True) if around.forwarding else NginxOptions()


FEATURE = Feature(Nginx, options=NginxOptions, resolve=_resolve, unit="nginx")
