"""Distribution: a certificate, its key and the CA's root from the node into a guest, and its user told of it."""

from collections.abc import Sequence

from phoenix.clients import files, switched_files
from phoenix.clients.archive import Member
from phoenix.clients.shell import Shell, open_shell
from phoenix.errors import OperationError, UnobservableError
from phoenix.pki.chain import Chain, fingerprint
from phoenix.pki.keys import matches
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.providers.pki.certificate_copy.plan import CERTIFICATE, KEY, SUMS, CopyAction, place, plan
from phoenix.providers.pki.certificate_copy.reading import chain_file, parsed, read, read_command
from phoenix.settings import Settings
from phoenix.specs.pki import CertificateCopySpec, Command, Reload
from phoenix.specs.target import NodeTarget

_APPLY_SECONDS = 90.0
# a daemon's own words are in its unit's journal, systemctl itself only says that the job failed
_RELOAD = """
if systemctl is-active --quiet "$1"; then systemctl reload-or-restart "$1" && exit 0
elif [ "$2" = yes ]; then systemctl enable --now "$1" && exit 0
else exit 0; fi
systemctl status --no-pager --full --lines 20 "$1" >&2 || true
exit 1
"""
_GONE = "does not exist"


class CertificateCopyReconciler(Reconciler[CertificateCopySpec, CopyAction]):
    """Converges one copy. A guest that is stopped is unobservable: its copy waits until it is back."""

    spec = CertificateCopySpec
    replace_on = frozenset({"node", "name", "target", "cert_path", "key_path", "ca_path"})
    # whoever reads the old path is told of the new one later in the run
    replaced_last = True

    def identity(self, desired: CertificateCopySpec) -> str:
        return f"certificate/{desired.name}/guest/{desired.target.vmid}"

    def observe(self, settings: Settings, desired: CertificateCopySpec) -> Observation[CertificateCopySpec] | None:
        return _observation(read(open_shell(settings, desired.target), desired))

    def plan(self, live: CertificateCopySpec | None, desired: CertificateCopySpec) -> Sequence[CopyAction]:
        return plan(live, desired)

    def perform(
        self, settings: Settings, desired: CertificateCopySpec, action: CopyAction
    ) -> Observation[CertificateCopySpec] | None:
        shell = open_shell(settings, desired.target)
        match action:
            case CopyAction.INSTALL:
                members, roots = _members(open_shell(settings, NodeTarget(node=desired.node)), desired)
                if desired.ca_path is not None and files.read(shell, desired.ca_path) != roots:
                    files.write(shell, desired.ca_path, roots, owner=desired.owner, mode=desired.cert_mode)
                version, pending, then = desired.fingerprint[:16], desired.after is not None, read_command(desired)
                shown = switched_files.install(shell, place(desired), version, members, pending=pending, then=then)
                return _observation(parsed(shown, desired))
            case CopyAction.APPLY:
                return _observation(parsed(_apply(shell, desired), desired))
            case CopyAction.REPAIR:
                _repair(shell, desired)
                return None

    def remove(self, settings: Settings, spec: CertificateCopySpec) -> None:
        try:
            switched_files.remove(open_shell(settings, spec.target), place(spec))
        except (OperationError, UnobservableError) as error:
            # a guest that is gone took its files along
            if _GONE not in error.cause:
                raise


def _observation(live: CertificateCopySpec | None) -> Observation[CertificateCopySpec] | None:
    return None if live is None else Observation(live)


def _members(node: Shell, desired: CertificateCopySpec) -> tuple[dict[str, Member], bytes]:
    """The set for the guest, from one version of the pair on the node, and the CA's roots."""
    source = switched_files.read(node, desired.source, [CERTIFICATE, KEY], beside=desired.root)
    roots = source.get(desired.root, b"")
    problem = ""
    try:
        chain = Chain.parse(source[CERTIFICATE])
    except ValueError:
        raise _error(desired, "read", desired.node, f"{desired.source}/{CERTIFICATE} is unreadable") from None
    if fingerprint(chain.leaf) != desired.fingerprint:
        problem = f"the node holds {fingerprint(chain.leaf)[:16]}, expected was {desired.fingerprint[:16]}"
    elif not matches(source[KEY], chain.leaf):
        problem = f"{desired.source}/{KEY} does not match the certificate beside it"
    elif not roots:
        problem = f"the CA's root {desired.root} is missing"
    if problem:
        raise _error(desired, "read", desired.node, problem)
    members = {
        CERTIFICATE: Member(chain_file(chain, desired.bundle, roots), desired.cert_mode),
        KEY: Member(source[KEY], desired.key_mode),
    }
    sums = "".join(f"{files.digest(member.content)}  {name}\n" for name, member in members.items())
    return {**members, SUMS: Member(sums.encode(), "0644")}, roots


def _apply(shell: Shell, desired: CertificateCopySpec) -> str:
    """Tells the user of the pair; when it refuses, the previous pair comes back and the run fails with its words.

    Returns what lies there then, to be parsed.
    """
    complaint = _notified(shell, desired)
    if not complaint:
        return switched_files.settle(shell, place(desired).store, then=read_command(desired))
    back = switched_files.roll_back(shell, place(desired).store)
    again = _notified(shell, desired) if back else ""
    fate = "the previous pair is back in use" if back else "there is no previous pair to go back to"
    if again:
        fate = f"the previous pair is back, but was refused, too: {again}"
    raise _error(desired, "put into use", str(desired.target), f"{complaint}\n  {fate}")


def _notified(shell: Shell, desired: CertificateCopySpec) -> str:
    match desired.after:
        case None:
            return ""
        case Reload(unit=unit, start=start):
            done = shell.script(_RELOAD, unit, "yes" if start else "no", timeout=_APPLY_SECONDS, check=False)
        case Command(argv=argv):
            done = shell.run(argv, timeout=_APPLY_SECONDS, check=False)
    return done.complaint if done.exit_code else ""


def _repair(shell: Shell, desired: CertificateCopySpec) -> None:
    for link, name in place(desired).links.items():
        mode = desired.key_mode if name == KEY else desired.cert_mode
        shell.script('chown "$1" "$3"; chmod "$2" "$3"', desired.owner, mode, link)


def _error(desired: CertificateCopySpec, operation: str, host: str, cause: str) -> OperationError:
    next_step = "correct what is said above, then run again: the copy is finished by the next run"
    return desired.failure(operation, cause, next_step, host=host)


class CertificateCopy(Resource[CertificateCopySpec], reconciler=CertificateCopyReconciler()):
    """A certificate in a guest; it has no outputs, its `fingerprint` is the certificate's."""
