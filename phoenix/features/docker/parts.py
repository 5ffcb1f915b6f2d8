"""The parts of `docker`."""

import shlex
from dataclasses import dataclass

from phoenix.clients.shell import Shell
from phoenix.features.docker import TLS, DockerOptions
from phoenix.features.docker.daemon import DAEMON, Engine, settings
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
    proxy = render(__package__, "docker-tls.conf.j2", **options.model_dump())
    unit = render(__package__, "docker-tls.service.j2", certificate=options.certificate)
    storage = ("fuse-overlayfs",) if given.kind == "lxc" else ()
    return [
        Packages(("jq", "stunnel4", "ca-certificates", *storage)),
        # before the engine, which then starts once, as it shall be
        *settings(options.log_megabytes, options.dns, options.registry_mirror),
        Engine(),
        Directory(TLS, mode="0700"),
        *([Member(options.user, "docker")] if options.user else []),
        Unit("docker", files=(DAEMON,)),
        File("/etc/stunnel/docker-tls.conf", proxy),
        Unit("docker-tls", unit, files=("/etc/stunnel/docker-tls.conf",), needs=options.certificate),
    ]
