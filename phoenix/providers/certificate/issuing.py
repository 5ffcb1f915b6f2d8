"""Getting a certificate from the CA, and putting it on the node."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography import x509

from phoenix.clients import files, versioned
from phoenix.clients.shell import Shell, open_shell
from phoenix.clients.step_ca import WAIT_SECONDS, StepCa, StepCaError, shared
from phoenix.clients.target import HostTarget
from phoenix.clients.versioned import Member
from phoenix.errors import OperationError
from phoenix.pki import keys, tokens
from phoenix.pki.chain import Chain, fingerprint, parse_roots, to_pem, usages
from phoenix.pki.kinds import CertificateKind
from phoenix.pki.names import difference
from phoenix.pki.request import signing_request
from phoenix.pki.sans import names_of
from phoenix.providers.certificate.reading import Listing, question, understood
from phoenix.providers.certificate.spec import ASKED_KIND, CERTIFICATE, KEY, CertificateSpec
from phoenix.redaction import register
from phoenix.settings import Settings

_UNAUTHORIZED = 401
_SIGN_ON_NODE = """
cd "$1"; if [ -L key.pem ] && [ -d current ]; then cd -P current; fi
exec openssl dgst "-$2" -sign key.pem
"""


@dataclass(frozen=True)
class Issuer:
    """One certificate's way to the CA; raises OperationError, each naming the certificate, the CA and a next step."""

    shell: Shell
    spec: CertificateSpec
    ca: StepCa
    roots: tuple[x509.Certificate, ...]

    @classmethod
    def reach(cls, settings: Settings, spec: CertificateSpec, wait: float = WAIT_SECONDS) -> "Issuer":
        """Reads the pinned root on the node and waits up to `wait` seconds for the CA to be healthy."""
        shell = open_shell(settings, HostTarget(node=spec.node))
        pem = _needed(shell, spec, spec.ca.root_path)
        try:
            roots = parse_roots(pem)
            issuer = cls(shell, spec, shared(spec.ca.url, b"".join(map(to_pem, roots)).decode()), roots)
        except ValueError:
            raise _missing(spec, spec.ca.root_path, "is not a PEM certificate") from None
        with issuer._explained("wait for the CA"):
            issuer.ca.wait(wait)
        return issuer

    def sign(self) -> Listing:
        """A new key, made in this process's memory, signed and written with its certificate; what then lies there."""
        key = keys.generate(self.spec.key_type)
        wanted = self.spec.wanted
        request = signing_request(key, wanted.common_name, wanted.names)
        with self._explained("sign"):
            token = self._token("/1.0/sign", wanted.common_name, wanted.names)
            chain = self.ca.sign(request, token, lifetime=wanted.lifetime, kind=wanted.kind)
        self._check(chain, keys.public_pem(key.public_key()))
        return self._write(chain, {KEY: Member(keys.private_pem(key), self.spec.mode)})

    def renew(self) -> Listing:
        """The same key again; it stays on the node, which signs the request with it. Where that cannot be: afresh."""
        old = Chain.parse(versioned.read(self.shell, self.spec.directory, [CERTIFICATE])[CERTIFICATE])
        chain: Chain | None = None
        if not usages(CertificateKind.CLIENT) <= old.usages:
            # the CA takes a renewal for a client's authentication
            return self.sign()
        with self._explained("renew"):
            try:
                chain = self.ca.renew(self._renewal_token(old))
            except StepCaError as error:
                # revoked, or otherwise not renewable: the CA may still sign a new one
                if error.status != _UNAUTHORIZED:
                    raise
        if chain is None:
            return self.sign()
        self._check(chain, keys.public_pem(old.leaf.public_key()))
        return self._write(chain, {})

    def revoke(self, serial: int) -> None:
        """Forbids the CA to renew the certificate with this serial number."""
        with self._explained("revoke"):
            self.ca.revoke(serial, self._token("/1.0/revoke", str(serial), frozenset()))

    def _token(self, path: str, subject: str, names: frozenset[str]) -> str:
        ca = self.spec.ca
        password = _needed(self.shell, self.spec, ca.password_path).decode().rstrip("\r\n")
        register(password)
        key = self.ca.provisioner_key(ca.provisioner, password)
        token = tokens.one_time_token(key, ca.provisioner, self.ca.url + path, subject, names, self.ca.now())
        register(token)
        return token

    def _renewal_token(self, old: Chain) -> str:
        claims = tokens.renewal_claims(
            (old.leaf, *old.intermediates), f"{self.ca.url}/1.0/renew", old.common_name, self.ca.now()
        )
        digest = tokens.renewal_digest(old.leaf)
        argv = ["sh", "-euc", _SIGN_ON_NODE, "sh", self.spec.directory, digest]
        token = tokens.renewal_token(claims, self.shell.run(argv, stdin=claims).stdout, old.leaf)
        register(token)
        return token

    def _check(self, chain: Chain, public: bytes) -> None:
        wanted = self.spec.wanted
        wrong = ""
        if keys.public_pem(chain.leaf.public_key()) != public:
            wrong = "it is for another key"
        elif chain.root(self.roots, self.ca.now()) is None:
            wrong = "it does not lead to the pinned root"
        elif names := difference(wanted.names, names_of(chain.leaf)):
            wrong = f"its SANs differ: {names}"
        elif not usages(wanted.kind) <= chain.usages:
            wrong = f"it is for {chain.kind}, not for {wanted.kind}"
        if wrong:
            raise self._error("check what the CA issued", wrong, "compare the CA's template and root with the plan")

    def _write(self, chain: Chain, key: dict[str, Member]) -> Listing:
        members = {
            CERTIFICATE: Member(chain.pem, self.spec.certificate_mode),
            ASKED_KIND: Member(f"{self.spec.kind}\n".encode(), "0644"),
            **key,
        }
        kept = [] if key else [KEY]
        version, then = fingerprint(chain.leaf)[:16], question(self.spec)
        shown = versioned.install(self.shell, self.spec.place, version, members, kept=kept, then=then)
        return understood(shown, self.spec)

    @contextmanager
    def _explained(self, operation: str) -> Iterator[None]:
        try:
            yield
        except StepCaError as error:
            raise self._error(operation, error.cause, error.next_step) from None

    def _error(self, operation: str, cause: str, next_step: str) -> OperationError:
        return OperationError(
            resource=f"certificate {self.spec.name}",
            operation=operation,
            host=self.spec.ca.url,
            cause=cause,
            next_step=next_step,
        )


def _needed(shell: Shell, spec: CertificateSpec, path: str) -> bytes:
    content = files.read(shell, path)
    if not content:
        raise _missing(spec, path, "is missing")
    return content


def _missing(spec: CertificateSpec, path: str, problem: str) -> OperationError:
    return OperationError(
        resource=f"certificate {spec.name}",
        operation="read the CA's directory",
        host=spec.node,
        cause=f"{path} {problem}",
        next_step="set up the CA guest first (its step_ca feature), or correct `ca.steppath`",
    )
