"""The parts of `docker`."""

import json
import shlex
from dataclasses import dataclass

from phoenix.clients.shell import Shell
from phoenix.features.docker import TLS, DockerOptions
from phoenix.features.given import Given
from phoenix.features.part import Directory, File, Packages, Part
from phoenix.features.template import render
from phoenix.features.unit import Unit


@dataclass(frozen=True)
class Member(Part):
    """`user` is a member of `group`."""

    user: str
    group: str

    @property
    def label(self) -> str:
        return f"{self.user} in group {self.group}"

    def check(self) -> str:
        return f"id -nG {shlex.quote(self.user)} 2>/dev/null | tr ' ' '\\n' | grep -qxF {shlex.quote(self.group)}"

    def apply(self, shell: Shell) -> None:
        shell.run(["usermod", "-aG", self.group, self.user])
        # a login keeps the groups that it began with
        shell.disconnect()


def parts(options: DockerOptions, given: Given) -> list[Part]:
    daemon: dict[str, object] = {
        "log-driver": "json-file",
        "log-opts": {"max-size": f"{options.log_megabytes}m", "max-file": "3"},
    }
    if options.dns:
        daemon["dns"] = list(options.dns)
    if options.registry_mirror:
        daemon["registry-mirrors"] = [options.registry_mirror]
    proxy = render(__package__, "docker-tls.conf.j2", **options.model_dump())
    unit = render(__package__, "docker-tls.service.j2", certificate=options.certificate)
    storage = ("fuse-overlayfs",) if given.kind == "lxc" else ()
    return [
        # before the package: the daemon then starts once, as it shall be
        File("/etc/docker/daemon.json", json.dumps(daemon, indent=2) + "\n"),
        Packages(("docker.io", "stunnel4", "ca-certificates", *storage)),
        Directory(TLS, mode="0700"),
        *([Member(options.user, "docker")] if options.user else []),
        Unit("docker", files=("/etc/docker/daemon.json",)),
        File("/etc/stunnel/docker-tls.conf", proxy),
        Unit("docker-tls", unit, files=("/etc/stunnel/docker-tls.conf",), needs=options.certificate),
    ]
