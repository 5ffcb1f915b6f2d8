"""The parts of `nginx`."""

from phoenix.features.feature import Options
from phoenix.features.given import Given
from phoenix.features.part import File, Packages, Part
from phoenix.features.template import render
from phoenix.features.unit import Unit


def parts(_options: Options, _given: Given) -> list[Part]:
    return [
        Packages(("nginx",)),
        File("/var/www/html/index.html", render(__package__, "placeholder.html")),
        Unit("nginx"),
    ]
