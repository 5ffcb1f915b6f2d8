"""What lies on the node: one command that shows everything but the private key itself."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime

from phoenix.clients.shell import Shell
from phoenix.errors import UnobservableError
from phoenix.pki.chain import parse_roots
from phoenix.pki.due import Found
from phoenix.specs.pki import CertificateSpec

# arguments: directory, root's path. Of the key only its public half leaves the node.
_SHOW = """
command -v openssl > /dev/null || { echo 'openssl is not installed' >&2; exit 69; }
show() { printf '%s ' "$1"; base64 -w0; echo; }
echo "now $(date -u +%s)"
[ ! -f "$2" ] || show root < "$2"
cd "$1" 2> /dev/null || exit 0
if [ -L cert.pem ] && [ -L key.pem ] && [ -d current ]; then cd -P current; fi
for file in cert.pem key.pem; do
  [ ! -f "$file" ] || echo "$file $(stat -L -c '%a %U:%G %u:%g' "$file")"
done
[ ! -f kind ] || show kind < kind
[ ! -f cert.pem ] || show certificate < cert.pem
[ ! -f key.pem ] || openssl pkey -in key.pem -passin pass: -pubout 2> /dev/null | show public
"""


@dataclass(frozen=True)
class Listing:
    """The pair, the node's clock (whose time counts: the CA lives there), and the owner and mode of both files."""

    found: Found
    now: datetime
    owners: tuple[frozenset[str], ...]
    """For each file the spellings of its owner: names and numbers."""
    modes: tuple[str, ...]
    """Certificate's and key's, four octal digits; empty for a file that is not there."""


def read(shell: Shell, desired: CertificateSpec) -> Listing:
    """Reads the node; raises UnobservableError when there is a certificate, but no pinned root to judge it by."""
    return parsed(shell.run(read_command(desired)).text, desired)


def read_command(desired: CertificateSpec) -> list[str]:
    """The command that shows it."""
    return ["sh", "-euc", _SHOW, "sh", desired.directory, desired.ca.root_path]


def parsed(shown: str, desired: CertificateSpec) -> Listing:
    """What the command has shown; raises as `read` does."""
    answer = dict(line.partition(" ")[::2] for line in shown.splitlines())
    stats = [answer.get(name, "").split() for name in ("cert.pem", "key.pem")]
    certificate = b64decode(answer["certificate"]) if "certificate" in answer else None
    root = b64decode(answer.get("root", ""))
    try:
        roots = parse_roots(root) if root or certificate is not None else ()
    except ValueError:
        cause = f"the CA's root {desired.ca.root_path} is missing or unreadable: is the CA guest set up?"
        raise UnobservableError(resource=str(desired), host=desired.node, cause=cause) from None
    found = Found(
        certificate,
        bool(stats[1]),
        b64decode(answer.get("public", "")),
        b64decode(answer.get("kind", "")).decode(errors="replace").strip(),
        roots,
    )
    return Listing(
        found,
        datetime.fromtimestamp(int(answer["now"]), UTC),
        tuple(frozenset(stat[1:]) for stat in stats),
        tuple(stat[0].zfill(4) if stat else "" for stat in stats),
    )
