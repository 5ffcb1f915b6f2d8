"""Nginx, answering with a placeholder until the gateway's configuration arrives."""

from phoenix.features.feature import Feature, Given, Options, render
from phoenix.features.part import Directory, File, Packages, Part
from phoenix.features.unit import Unit


class NginxOptions(Options):
    """`log_owner` owns /var/log/nginx, `user:group` (a directory of the node is mounted there)."""

    log_owner: str = "www-data:adm"


def _parts(options: NginxOptions, _given: Given) -> list[Part]:
    return [
        Packages(("nginx",)),
        Directory("/var/log/nginx", options.log_owner),
        Directory("/etc/nginx/ssl", mode="0700"),
        File("/var/www/html/index.html", render(__name__, "placeholder.html")),
        Unit("nginx"),
    ]


FEATURE = Feature("nginx", NginxOptions, _parts)
