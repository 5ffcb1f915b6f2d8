"""Getting a certificate from the CA, and putting it on the node."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography import x509

from phoenix.clients import files, switched_files
from phoenix.clients.archive import Member
from phoenix.clients.shell import Shell, open_shell
from phoenix.clients.step_ca import WAIT_SECONDS, StepCa, StepCaError, shared
from phoenix.errors import OperationError
from phoenix.pki import keys, tokens
from phoenix.pki.chain import Chain, fingerprint, parse_roots, to_pem, usages
from phoenix.pki.kinds import CertificateKind
from phoenix.pki.names import difference
from phoenix.pki.request import signing_request
from phoenix.pki.sans import names_of
from phoenix.providers.pki.certificate.plan import ASKED_KIND, CERTIFICATE, KEY, place, wanted
from phoenix.providers.pki.certificate.reading import Listing, parsed, read_command
from phoenix.redaction import register
from phoenix.settings import Settings
from phoenix.specs.pki import CertificateSpec
from phoenix.specs.target import NodeTarget

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
        shell = open_shell(settings, NodeTarget(node=spec.node))
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
        ask = wanted(self.spec)
        request = signing_request(key, ask.common_name, ask.names)
        with self._explained("sign"):
            token = self._token("/1.0/sign", ask.common_name, ask.names)
            chain = self.ca.sign(request, token, lifetime=ask.lifetime, kind=ask.kind)
        self._check(chain, keys.public_pem(key.public_key()))
        return self._write(chain, {KEY: Member(keys.private_pem(key), self.spec.mode)})

    def renew(self) -> Listing:
        """The same key again; it stays on the node, which signs the request with it. Where that cannot be: afresh."""
        old = Chain.parse(switched_files.read(self.shell, self.spec.directory, [CERTIFICATE])[CERTIFICATE])
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
        ask = wanted(self.spec)
        wrong = ""
        if keys.public_pem(chain.leaf.public_key()) != public:
            wrong = "it is for another key"
        elif chain.root(self.roots, self.ca.now()) is None:
            wrong = "it does not lead to the pinned root"
        elif names := difference(ask.names, names_of(chain.leaf)):
            wrong = f"its SANs differ: {names}"
        elif not usages(ask.kind) <= chain.usages:
            wrong = f"it is for {chain.kind}, not for {ask.kind}"
        if wrong:
            raise self._error("check what the CA issued", wrong, "compare the CA's template and root with the plan")

    def _write(self, chain: Chain, key: dict[str, Member]) -> Listing:
        members = {
            CERTIFICATE: Member(chain.pem, self.spec.certificate_mode),
            ASKED_KIND: Member(f"{self.spec.kind}\n".encode(), "0644"),
            **key,
        }
        kept = [] if key else [KEY]
        version, then = fingerprint(chain.leaf)[:16], read_command(self.spec)
        shown = switched_files.install(self.shell, place(self.spec), version, members, kept=kept, then=then)
        return parsed(shown, self.spec)

    @contextmanager
    def _explained(self, operation: str) -> Iterator[None]:
        try:
            yield
        except StepCaError as error:
            raise self._error(operation, error.cause, error.next_step) from None

    def _error(self, operation: str, cause: str, next_step: str) -> OperationError:
        return self.spec.failure(operation, cause, next_step, host=self.spec.ca.url)


def _needed(shell: Shell, spec: CertificateSpec, path: str) -> bytes:
    content = files.read(shell, path)
    if not content:
        raise _missing(spec, path, "is missing")
    return content


def _missing(spec: CertificateSpec, path: str, problem: str) -> OperationError:
    next_step = "set up the CA guest first (its feature step_ca), or correct the guest's mount at `ca.directory`"
    return spec.failure("read the CA's directory", f"{path} {problem}", next_step)
