"""What lies in the CA's directory on the node: one command that shows certificates, never a key."""

from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from phoenix.clients.shell import Shell
from phoenix.pki.chain import Chain, anchors_version, fingerprint, parse_roots
from phoenix.providers.core.reconciler import Observation
from phoenix.providers.pki.authority_roots.plan import NONE
from phoenix.specs.pki import AuthorityRootsSpec

# arguments: the CA's directory, the certificates' directory
SHOW = """
show() { printf '%s ' "$1"; base64 -w0; echo; }
cd "$1" 2> /dev/null || exit 0
[ -s certs/root_ca.crt ] && [ -s certs/intermediate_ca.crt ] || exit 0
show trusted < certs/root_ca.crt
show intermediate < certs/intermediate_ca.crt
for each in generations/[0-9]*; do
  [ -d "$each" ] || continue
  show "root-${each##*/}" < "$each/root_ca.crt"
  if cmp -s certs/intermediate_ca.crt "$each/intermediate_ca.crt" &&
    cmp -s secrets/intermediate_ca_key "$each/intermediate_ca_key"; then echo "issuing ${each##*/}"; fi
done
[ ! -e generations/restart ] || echo restart yes
cd "$2" 2> /dev/null || exit 0
for each in */cert.pem; do [ ! -f "$each" ] || show "leaf-${each%/cert.pem}" < "$each"; done
"""
_ROOT, _LEAF = "root-", "leaf-"


def read(shell: Shell, desired: AuthorityRootsSpec) -> Observation[AuthorityRootsSpec] | None:
    """The CA's roots as they are, None when it has none; raises as Shell.run does, ValueError for a broken file."""
    lines = shell.script(SHOW, desired.steppath, desired.certificates).text.splitlines()
    answer = dict(line.partition(" ")[::2] for line in lines)
    if "trusted" not in answer:
        return None
    trusted = parse_roots(b64decode(answer["trusted"]))
    generations = {
        int(name.removeprefix(_ROOT)): parse_roots(b64decode(text))
        for name, text in answer.items()
        if name.startswith(_ROOT)
    }
    issuing = int(answer.get("issuing", NONE))
    known = {fingerprint(root) for root in trusted}
    listed = [number for number, roots in generations.items() if known >= set(map(fingerprint, roots))]
    behind = _behind(answer, trusted)
    issuer = _issuer(answer, trusted)
    # the issuing root counts only where it is trusted, and in front
    if issuing not in listed or trusted[0] not in generations[issuing]:
        issuing = NONE
    others = sorted(number for number in listed if number != issuing)
    live = desired.model_copy(
        update={
            "roots": (issuing, *others) if generations else (),
            "held": tuple(sorted(name for name, root in behind.items() if root != issuer)) if len(trusted) > 1 else (),
            "restart": "restart" in answer,
        }
    )
    return Observation(live, {"anchors": anchors_version(trusted), "issuing": issuer})


def _behind(answer: Mapping[str, str], trusted: tuple[x509.Certificate, ...]) -> dict[str, str]:
    """Name of each certificate on the node -> fingerprint of the trusted root behind it."""
    found: dict[str, str] = {}
    for name, text in answer.items():
        if name.startswith(_LEAF):
            try:
                root = Chain.parse(b64decode(text)).root(trusted, datetime.now(UTC))
            except ValueError:
                continue
            if root is not None:
                found[name.removeprefix(_LEAF)] = fingerprint(root)
    return found


def _issuer(answer: Mapping[str, str], trusted: tuple[x509.Certificate, ...]) -> str:
    intermediate = x509.load_pem_x509_certificate(b64decode(answer["intermediate"]))
    for root in trusted:
        try:
            intermediate.verify_directly_issued_by(root)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return fingerprint(root)
    return ""
