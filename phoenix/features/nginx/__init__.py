"""Nginx, answering with a placeholder until the gateway's configuration arrives."""

from typing import Literal

from phoenix.features.feature import Declared, Feature


class Nginx(Declared):
    """The web server of the gateway."""

    name: Literal["nginx"]


FEATURE = Feature(Nginx, unit="nginx")
