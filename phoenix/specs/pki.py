"""Certificates, their copies, and the roots that they come from."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from phoenix.pki.kinds import CertificateKind, KeyType
from phoenix.pki.reasons import NOT_DUE
from phoenix.specs.spec import Spec, Value
from phoenix.specs.target import GuestTarget, LxcTarget, Target
from phoenix.vocabulary.certificates import Bundle, SubjectName
from phoenix.vocabulary.files import FilePath, LiveMode, LiveOwner, PlainPath
from phoenix.vocabulary.network import NodeAddress

TRUSTED = "trusted"


class CaSpec(Value):
    """The CA: where it listens, its directory on the node (root, provisioner's password), and its JWK provisioner."""

    url: Annotated[str, Field(pattern=r"^https://")]
    steppath: PlainPath
    provisioner: str

    @property
    def root_path(self) -> str:
        """The file of pinned roots on the node."""
        return f"{self.steppath}/certs/root_ca.crt"

    @property
    def password_path(self) -> str:
        """The file with the provisioner's password on the node."""
        return f"{self.steppath}/provisioner_password.txt"


class CertificateSpec(Spec):
    """A certificate and its key in `directory` on the node: `cert.pem` (leaf and intermediate) and `key.pem`."""

    node: NodeAddress
    name: str
    directory: PlainPath
    common_name: SubjectName
    sans: tuple[SubjectName, ...] = ()
    """More names; the common name always is one."""
    kind: CertificateKind = CertificateKind.BOTH
    """What it must be able to prove; step-ca grants both unless a template of the operator says less."""
    key_type: KeyType = KeyType.P256
    lifetime_hours: Annotated[int, Field(gt=0)] = 24
    renew_before_hours: Annotated[float, Field(gt=0)] | None = None
    """Time left below which it is due; half the lifetime when not given."""
    ca: CaSpec
    owner: LiveOwner = "root:root"
    mode: LiveMode = "0600"
    """The key's; the directory can be entered by those who may read the key."""
    certificate_mode: LiveMode = "0644"
    revoke: bool = True
    """Whether its removal also revokes it (as far as the CA can be reached)."""
    root: str = ""
    """Fingerprint of the root that must stand behind it; empty: any trusted one."""
    renew: str = NOT_DUE
    """Why it is due; the program always says `no`."""

    @model_validator(mode="after")
    def _window_within_lifetime(self) -> Self:
        if self.renew_before_hours is not None and self.renew_before_hours >= self.lifetime_hours:
            raise ValueError("renew_before_hours must be less than lifetime_hours, or it would always be due")
        return self

    def __str__(self) -> str:
        return f"certificate {self.name}"

    @property
    def host(self) -> str:
        return self.node


class Reload(Value):
    """Reload (or restart, where it cannot) a systemd unit that is active; with `start` also enable and start it."""

    kind: Literal["reload"] = "reload"
    unit: str
    start: bool = False


class Command(Value):
    """Run a command in the guest."""

    kind: Literal["command"] = "command"
    argv: Annotated[tuple[str, ...], Field(min_length=1)]


class CertificateCopySpec(Spec):
    """One certificate in one guest: certificate and key, and the CA's root where asked for."""

    name: str
    node: NodeAddress
    source: PlainPath
    """The certificate's directory on the node."""
    root: FilePath
    """The file of pinned roots on the node."""
    target: GuestTarget
    fingerprint: str = ""
    """Of the leaf to have, which only the issued one knows; in the live state of what lies there, with a remark when
    that is not in order."""
    cert_path: FilePath
    key_path: FilePath
    ca_path: FilePath | None = None
    """A plain file, which several copies in one guest may share; it stays when a copy goes."""
    anchors: str = ""
    """Stands for the roots to have at `ca_path` together; empty: not looked at."""
    bundle: Bundle = Bundle.CHAIN
    owner: LiveOwner = "root:root"
    key_mode: LiveMode = "0600"
    cert_mode: LiveMode = "0644"
    after: Annotated[Reload | Command, Field(discriminator="kind")] | None = None

    @property
    def holds_root(self) -> bool:
        """Whether it holds the CA's root, and so must change with it."""
        return self.ca_path is not None or self.bundle is Bundle.FULL

    def __str__(self) -> str:
        return f"certificate {self.name} in {self.target}"

    @property
    def host(self) -> str:
        return self.node


class AuthorityRootsSpec(Spec):
    """The generations of roots in the CA's directory: the first issues, all are trusted."""

    authority: LxcTarget
    """The guest that runs step-ca."""
    steppath: PlainPath
    """Its directory on the node."""
    directory: PlainPath
    """The same directory in the guest."""
    port: int
    certificates: PlainPath
    """The certificates' directory on the node: a root that stands behind one of them cannot go."""
    root_name: str
    intermediate_name: str
    """Common names; a new generation's end in its number."""
    roots: tuple[int, ...]
    """Numbers of the generations; empty only in the live state of a CA whose own root has no number yet."""
    held: tuple[str, ...] = ()
    """Always empty in the desired state; in the live one the certificates behind a root that issues no more."""
    restart: bool = False
    """Whether step-ca still runs with what was there before."""

    def __str__(self) -> str:
        return "the CA's roots"

    @property
    def host(self) -> str:
        return self.authority.node


class TrustedRootSpec(Spec):
    """The roots at `source` (a path on the node), trusted by `target` as `name`.crt and, of two, `name`-2.crt.

    `made_from` stands for the roots, so that a change of theirs is one of this. `state` is "trusted"; the live one
    tells what is wrong.
    """

    target: Target
    name: Annotated[str, Field(pattern=r"^[a-z0-9_.-]+$")]
    source: FilePath
    made_from: str = ""
    state: str = TRUSTED

    def __str__(self) -> str:
        return f"root of {self.target}"

    @property
    def host(self) -> str:
        return self.target.node
