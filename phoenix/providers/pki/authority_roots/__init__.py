"""The CA's roots: made, trusted, put to work and forgotten in the CA's directory on the node, one step a run."""

from collections.abc import Sequence

import pulumi

from phoenix.clients import files
from phoenix.clients.archive import Member, packed
from phoenix.clients.shell import Shell, open_shell
from phoenix.errors import UnobservableError
from phoenix.pki.chain import fingerprint, parse_roots
from phoenix.pki.hierarchy import Hierarchy, hierarchy
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.providers.pki.authority_roots.plan import (
    Issue,
    Make,
    Number,
    Restart,
    RootAction,
    Trust,
    plan,
)
from phoenix.providers.pki.authority_roots.reading import read
from phoenix.redaction import register
from phoenix.settings import Settings
from phoenix.specs.pki import AuthorityRootsSpec
from phoenix.specs.target import NodeTarget

# The first two arguments are the CA's directory and the generation. The guest's root is another user on the node:
# whatever is new belongs to whom its neighbour belongs. A generation counts when its directory has its name.
_BEGIN = """
umask 077
cd "$1"
mkdir -p generations
rm -rf generations/.new; mkdir generations/.new
"""
_END = """
chmod 0600 generations/.new/*
chown -R --reference=secrets/intermediate_ca_key generations
sync
mv -T generations/.new "generations/$2"
"""
_NUMBER = f"""{_BEGIN}
cp certs/root_ca.crt certs/intermediate_ca.crt secrets/intermediate_ca_key generations/.new
[ ! -f secrets/root_ca_key ] || cp secrets/root_ca_key generations/.new
{_END}"""
_MAKE = f"""[ ! -d "$1/generations/$2" ] || exit 0
{_BEGIN}
tar -xf - -C generations/.new --no-same-owner
# to tar an archive that was cut between two files is a whole one
[ "$(ls generations/.new | wc -l)" = 4 ] || {{ echo "only a part of root $2 arrived" >&2; exit 74; }}
{_END}"""
_REPLACE = """
replace() {
  cp "$1" "$2.new"; chown --reference="$2" "$2.new"; chmod --reference="$2" "$2.new"
  sync "$2.new"; mv -fT "$2.new" "$2"
}
cd "$1"; : > generations/restart
"""
# the key first: until both are there the CA counts as issuing from none, and the next run does this again
_ISSUE = f"""{_REPLACE}
from=generations/$2
replace "$from/intermediate_ca_key" secrets/intermediate_ca_key
replace "$from/intermediate_ca.crt" certs/intermediate_ca.crt
if [ -f "$from/root_ca_key" ] && [ -f secrets/root_ca_key ]; then replace "$from/root_ca_key" secrets/root_ca_key; fi
printf '%s\\n' "$3" > generations/fingerprint
replace generations/fingerprint root_ca.fingerprint
rm generations/fingerprint
"""
_TRUST = f"""{_REPLACE}
shift
for each in "$@"; do cat "generations/$each/root_ca.crt"; done > generations/trusted
replace generations/trusted certs/root_ca.crt
rm generations/trusted
"""
_RESTART = """
systemctl restart step-ca
for second in $(seq 30); do
  ! said=$(curl -fsS --max-time 4 --cacert "$1/certs/root_ca.crt" "https://127.0.0.1:$2/health" 2>&1) || exit 0
  sleep 1
done
echo "$said" >&2; journalctl -q -u step-ca -n 5 -o cat >&2; exit 1
"""


class AuthorityRootsReconciler(Reconciler[AuthorityRootsSpec, RootAction]):
    """Takes the CA one step further; keys are made in this process's memory and sealed by the CA's own password."""

    spec = AuthorityRootsSpec
    replace_on = frozenset({"steppath"})

    def identity(self, desired: AuthorityRootsSpec) -> str:
        return f"{desired.authority}/roots".replace(" ", "/")

    def observe(self, settings: Settings, desired: AuthorityRootsSpec) -> Observation[AuthorityRootsSpec] | None:
        try:
            return read(_node(settings, desired), desired)
        except ValueError as error:
            cause = f"a certificate of the CA in {desired.steppath} is unreadable: {error}"
            raise UnobservableError(resource=str(desired), host=desired.host, cause=cause) from None

    def plan(self, live: AuthorityRootsSpec | None, desired: AuthorityRootsSpec) -> Sequence[RootAction]:
        return plan(live, desired)

    def perform(self, settings: Settings, desired: AuthorityRootsSpec, action: RootAction) -> None:
        node, path = _node(settings, desired), desired.steppath
        match action:
            case Number(generation):
                node.script(_NUMBER, path, str(generation))
            case Make(generation):
                made = _made(node, desired, generation)
                node.run(["sh", "-euc", _MAKE, "sh", path, str(generation)], stdin=_archive(made))
            case Issue(generation):
                root = files.read(node, f"{path}/generations/{generation}/root_ca.crt") or b""
                node.script(_ISSUE, path, str(generation), fingerprint(parse_roots(root)[0]))
            case Trust(generations):
                node.script(_TRUST, path, *map(str, generations))
            case Restart():
                guest = open_shell(settings, desired.authority)
                guest.script(_RESTART, desired.directory, str(desired.port), timeout=90.0)
                files.remove(node, f"{path}/generations/restart")

    def remove(self, settings: Settings, spec: AuthorityRootsSpec) -> None:
        """The CA keeps its roots: they go with its directory, by the operator's hand."""


def _node(settings: Settings, spec: AuthorityRootsSpec) -> Shell:
    return open_shell(settings, NodeTarget(node=spec.authority.node))


def _made(node: Shell, spec: AuthorityRootsSpec, generation: int) -> Hierarchy:
    password = (files.read(node, f"{spec.steppath}/password.txt") or b"").decode().rstrip("\r\n")
    if not password:
        raise spec.failure(
            f"make root {generation}",
            f"{spec.steppath}/password.txt, which seals the CA's keys, is missing or empty",
            "put the password of the CA's keys there, then run again",
        )
    register(password)
    return hierarchy(f"{spec.root_name} {generation}", f"{spec.intermediate_name} {generation}", password)


def _archive(made: Hierarchy) -> bytes:
    contents = {
        "root_ca.crt": made.root,
        "intermediate_ca.crt": made.intermediate,
        "root_ca_key": made.root_key,
        "intermediate_ca_key": made.intermediate_key,
    }
    return packed({name: Member(content, "0600") for name, content in contents.items()})


class AuthorityRoots(Resource[AuthorityRootsSpec], reconciler=AuthorityRootsReconciler()):
    """The CA's roots; whoever trusts them takes `anchors`, whoever must come from the issuing one `issuing`."""

    anchors: pulumi.Output[str]
    """Hex, stands for all trusted roots together; of a single one its SHA-256 fingerprint."""
    issuing: pulumi.Output[str]
    """Hex SHA-256 of the root that issues."""
