"""The parts of `nginx`."""

from phoenix.features.given import Given
from phoenix.features.nginx import NginxOptions
from phoenix.features.part import File, Packages, Part
from phoenix.features.template import render
from phoenix.features.unit import Unit


def parts(options: NginxOptions, _given: Given) -> list[Part]:
    return [
        Packages(("nginx",)),
        *([Packages(("libnginx-mod-stream",))] if options.stream else []),
        File("/var/www/html/index.html", render(__package__, "placeholder.html")),
        Unit("nginx"),
    ]
