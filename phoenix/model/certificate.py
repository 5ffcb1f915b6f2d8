"""Certificates: what each is for, who gets it, and how its users learn of a new one."""

import ipaddress
import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from phoenix.model.base import (
    Argument,
    Bool,
    FileMode,
    FilePath,
    KeyMode,
    Model,
    Owner,
    PositiveInt,
    Slug,
    Vmid,
)
from phoenix.model.hook import Hook
from phoenix.pki.kinds import CertificateKind, KeyType
from phoenix.pki.names import canonical


def _fits_a_subject(value: str) -> str:
    if len(value) > 64:
        raise ValueError("a common name has at most 64 characters (RFC 5280); a longer name can be one of the sans")
    return value


SubjectName = Annotated[str, AfterValidator(canonical)]
CommonName = Annotated[SubjectName, AfterValidator(_fits_a_subject)]
SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$", max_length=51)]
"""A Docker secret's base name: of Docker's 64 characters its version takes 13."""


def _service(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_.-]*", value):
        raise ValueError("a service is written STACK/SERVICE")
    return value


ServiceName = Annotated[str, AfterValidator(_service)]


class Bundle(StrEnum):
    """What the certificate's file holds: the leaf alone, with its intermediate, or with the root as well."""

    LEAF = "leaf"
    CHAIN = "chain"
    FULL = "full"


class Reload(Model):
    """How the user of a certificate picks up a new one: exactly one of the four."""

    unit: Annotated[str, Field(pattern=r"^[A-Za-z0-9@_.-]+$")] | None = None
    """A systemd unit that one of the guest's features brings: reloaded, restarted where it cannot, started if need be.

    Docker's own is none of them: it would restart every container of its node.
    """
    container: Slug | None = None
    """A container of the guest's Docker, restarted when it exists."""
    service: ServiceName | None = None
    """A service of a stack, `STACK/SERVICE`, updated by force once it runs; only the Swarm's manager can."""
    command: Annotated[tuple[Argument, ...], Field(min_length=1)] | None = None
    """Arguments of a command in the guest."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.unit, self.container, self.service, self.command)) != 1:
            raise ValueError("give exactly one of unit, container, service and command")
        return self


class Distribution(Model):
    """Where the certificate goes in one guest."""

    guest: Vmid
    certificate: FilePath
    bundle: Bundle = Bundle.CHAIN
    key: FilePath
    ca: FilePath | None = None
    """The root certificate, where the user must verify others with it."""
    owner: Owner = "root:root"
    key_mode: KeyMode = "0600"
    certificate_mode: FileMode = "0644"
    reload: Reload | None = None


class DockerSecrets(Model):
    """Base names of Docker secrets; the secret's real name carries a version behind it."""

    certificate: SecretName
    key: SecretName
    ca: SecretName | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every base name."""
        return tuple(name for name in (self.certificate, self.key, self.ca) if name is not None)


class Certificate(Model):
    """One entry of the manifest."""

    name: Slug
    common_name: CommonName
    sans: tuple[SubjectName, ...] = ()
    kind: CertificateKind = CertificateKind.SERVER
    key_type: KeyType = KeyType.P256
    lifetime_hours: PositiveInt = 24
    renew_before_hours: Annotated[float, Field(strict=True, gt=0)] = Field(
        default_factory=lambda data: data.get("lifetime_hours", 24) / 2
    )
    """Renewed when less than this is left; half the lifetime unless given."""
    owner: Owner = "root:root"
    """Of both files on the node."""
    key_mode: KeyMode = "0600"
    """On the node; whoever may read the key may enter its directory."""
    revoke: Bool = True
    """Whether the CA is told to renew it no more when it leaves the manifest."""
    distribution: tuple[Distribution, ...] = ()
    docker_secrets: DockerSecrets | None = None
    hooks: tuple[Hook, ...] = ()

    @model_validator(mode="after")
    def _window_within_the_lifetime(self) -> Self:
        if self.renew_before_hours >= self.lifetime_hours:
            raise ValueError("renew_before_hours must be less than lifetime_hours, or it is renewed at every run")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The subject alternative names that the certificate carries: the common name always is one of them."""
        return tuple(dict.fromkeys((self.common_name, *self.sans)))

    @property
    def dns_names(self) -> tuple[str, ...]:
        """The DNS names among them, wildcards included."""
        return tuple(name for name in self.names if not _is_address(name))

    @property
    def ip_addresses(self) -> tuple[str, ...]:
        """The IP addresses among them."""
        return tuple(name for name in self.names if _is_address(name))

    def covers(self, host: str) -> bool:
        """Whether a client accepts the certificate for the host name (a wildcard stands for one label, RFC 6125)."""
        parent = "*." + host.partition(".")[2]
        return host in self.dns_names or parent in self.dns_names


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
