"""What lies in the guest: one command that shows digests, owners, modes and certificates, never a key."""

from base64 import b64decode
from dataclasses import dataclass

from cryptography import x509

from phoenix.clients import switched_files
from phoenix.clients.shell import Shell
from phoenix.pki.chain import Chain, anchors_version, fingerprint
from phoenix.providers.pki.certificate_copy.plan import (
    CERTIFICATE,
    CHANGED_MARK,
    KEY,
    MISSING,
    PENDING_MARK,
    SUMS,
    place,
)
from phoenix.specs.pki import CertificateCopySpec
from phoenix.vocabulary.certificates import Bundle

# arguments: store, pending marker, name of the digests' file, path of the CA's file or none, then path and name ...
_SHOW = """
show() { printf '%s ' "$1"; base64 -w0; echo; }
store=$1 pending=$2 sums=$3 ca=$4; shift 4
[ ! -e "$store/$pending" ] || echo pending yes
[ ! -f "$store/current/$sums" ] || show sums < "$store/current/$sums"
[ ! -f "$ca" ] || show ca < "$ca"
while [ $# -gt 0 ]; do
  if [ -f "$1" ]; then
    digest=$(sha256sum < "$1")
    echo "stat-$2 ${digest%% *} $(stat -L -c '%a %U:%G %u:%g' "$1")"
    case "$2" in cert.pem) show certificate < "$1" ;; esac
  fi
  shift 2
done
"""


@dataclass(frozen=True)
class _File:
    digest: str
    mode: str
    owners: frozenset[str]


def read(shell: Shell, desired: CertificateCopySpec) -> CertificateCopySpec | None:
    """The copy as it is, None when neither certificate nor key is there; raises as Shell.run does."""
    return parsed(shell.run(read_command(desired)).text, desired)


def read_command(desired: CertificateCopySpec) -> list[str]:
    """The command that shows it."""
    where = place(desired)
    paths = [word for link, name in where.links.items() for word in (link, name)]
    return ["sh", "-euc", _SHOW, "sh", where.store, switched_files.PENDING, SUMS, desired.ca_path or "", *paths]


def parsed(shown: str, desired: CertificateCopySpec) -> CertificateCopySpec | None:
    """What the command has shown, as `read` returns it."""
    answer = dict(line.partition(" ")[::2] for line in shown.splitlines())
    present = {
        name: _file(answer[f"stat-{name}"]) for name in place(desired).links.values() if f"stat-{name}" in answer
    }
    if not present.keys() & {CERTIFICATE, KEY}:
        return None
    certificates = _certificates(answer.get("certificate", ""))
    return desired.model_copy(
        update={
            "fingerprint": _fingerprint(answer, present, desired, certificates),
            "bundle": _bundle(certificates, desired.bundle),
            "anchors": _root(answer, desired),
            **_access(present, desired),
        }
    )


def _file(words: str) -> _File:
    digest, mode, *owners = words.split()
    return _File(digest, mode.zfill(4), frozenset(owners))


def _certificates(encoded: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(b64decode(encoded))
    except ValueError:
        return []


def _fingerprint(
    answer: dict[str, str],
    present: dict[str, _File],
    desired: CertificateCopySpec,
    certificates: list[x509.Certificate],
) -> str:
    without_ca = desired.ca_path is not None and "ca" not in answer
    if present.keys() != {CERTIFICATE, KEY} or not certificates or without_ca:
        return MISSING
    sums = b64decode(answer.get("sums", "")).decode(errors="replace").splitlines()
    installed = {name: digest for digest, _, name in (line.partition("  ") for line in sums)}
    seen = fingerprint(certificates[0])
    if any(installed.get(name) != file.digest for name, file in present.items()):
        return seen + CHANGED_MARK
    return seen + PENDING_MARK if "pending" in answer else seen


def _bundle(certificates: list[x509.Certificate], desired: Bundle) -> Bundle:
    if not certificates:
        return desired
    if len(certificates) == 1:
        return Bundle.LEAF
    last = certificates[-1]
    return Bundle.FULL if last.subject == last.issuer else Bundle.CHAIN


def _root(answer: dict[str, str], desired: CertificateCopySpec) -> str:
    holder = "ca" if desired.ca_path is not None else "certificate" if desired.bundle is Bundle.FULL else ""
    if not holder or not desired.anchors:
        return desired.anchors
    known = [one for one in _certificates(answer.get(holder, "")) if one.subject == one.issuer]
    return anchors_version(known) if known else MISSING


def _access(present: dict[str, _File], desired: CertificateCopySpec) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, file in present.items():
        if desired.owner not in file.owners:
            found["owner"] = max(file.owners, key=lambda spelling: ("UNKNOWN" not in spelling, spelling))
        field = "key_mode" if name == KEY else "cert_mode"
        if file.mode != getattr(desired, field).zfill(4):
            found[field] = file.mode
    return found


def chain_file(chain: Chain, bundle: Bundle, roots: bytes) -> bytes:
    """The certificate file's content for `bundle`."""
    match bundle:
        case Bundle.LEAF:
            return Chain(chain.leaf).pem
        case Bundle.CHAIN:
            return chain.pem
        case Bundle.FULL:
            return chain.pem + roots
