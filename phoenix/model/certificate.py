"""Certificates: what each is for, who gets it, and how its users learn of a new one."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from phoenix.model.base import Model
from phoenix.model.hook import Hook
from phoenix.pki.kinds import CertificateKind, KeyType
from phoenix.vocabulary.certificates import Bundle, CommonName, SubjectName
from phoenix.vocabulary.files import FileMode, FilePath, KeyMode, Owner
from phoenix.vocabulary.names import Argument, ObjectBase, Slug, UnitName
from phoenix.vocabulary.network import is_address
from phoenix.vocabulary.numbers import Bool, PositiveInt, Vmid


def _service(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_.-]*", value):
        raise ValueError("a service is written STACK/SERVICE")
    return value


ServiceName = Annotated[str, AfterValidator(_service)]


class Reload(Model):
    """How the user of a certificate picks up a new one: exactly one of the four."""

    unit: UnitName | None = None
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
    """VMID of the guest."""
    certificate: FilePath
    """Path of the certificate's file."""
    bundle: Bundle = Bundle.CHAIN
    """What that file holds."""
    key: FilePath
    """Path of the private key's file."""
    ca: FilePath | None = None
    """The root certificate, where the user must verify others with it."""
    owner: Owner = "root:root"
    """User and group of all its files."""
    key_mode: KeyMode = "0600"
    """Of the private key."""
    certificate_mode: FileMode = "0644"
    """Of the certificate and of the root."""
    reload: Reload | None = None
    """How the user of the files learns of new ones; nobody is told without it."""


class DockerSecrets(Model):
    """Base names of Docker secrets; the secret's real name carries a version behind it."""

    certificate: ObjectBase
    """Holds leaf and intermediate."""
    key: ObjectBase
    """Holds the private key."""
    ca: ObjectBase | None = None
    """Holds the root certificate."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every base name."""
        return tuple(name for name in (self.certificate, self.key, self.ca) if name is not None)


class Certificate(Model):
    """One entry of the manifest."""

    name: Slug
    """Name in this list, and of its directory on the node."""
    common_name: CommonName
    """The subject's common name, one of its names."""
    sans: tuple[SubjectName, ...] = ()
    """More names: DNS names, `*.domain`, IP addresses."""
    kind: CertificateKind = CertificateKind.SERVER
    """What it may prove: a server's name, a client's, or both."""
    key_type: KeyType = KeyType.P256
    """Of its private key."""
    lifetime_hours: PositiveInt = 24
    """From its start to its end."""
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
    """The guests that get it, and where it lies there."""
    docker_secrets: DockerSecrets | None = None
    """The Docker secrets that are made of it."""
    hooks: tuple[Hook, ...] = ()
    """Commands of your own, after a renewal."""

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
        return tuple(name for name in self.names if not is_address(name))

    def covers(self, host: str) -> bool:
        """Whether a client accepts the certificate for the host name (a wildcard stands for one label, RFC 6125)."""
        parent = "*." + host.partition(".")[2]
        return host in self.dns_names or parent in self.dns_names
