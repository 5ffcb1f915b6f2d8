"""Nginx, answering with a placeholder until the gateway's configuration arrives."""

from phoenix.features.feature import Feature, Given, Options, render
from phoenix.features.part import File, Packages, Part
from phoenix.features.unit import Unit


def _parts(_options: Options, _given: Given) -> list[Part]:
    return [
        Packages(("nginx",)),
        File("/var/www/html/index.html", render(__name__, "placeholder.html")),
        Unit("nginx"),
    ]


FEATURE = Feature("nginx", Options, _parts)
