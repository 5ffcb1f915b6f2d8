"""What lies on the node of every certificate of a stack."""

from phoenix.clients.shell import open_shell
from phoenix.commands import stack_settings
from phoenix.commands.certificate_report import Report, describe, unreachable
from phoenix.commands.checkout import CONFIG, STACKS
from phoenix.errors import PhoenixError, UnobservableError
from phoenix.model import Cluster, load
from phoenix.plan import certificates
from phoenix.providers.pki.certificate import CertificateReconciler
from phoenix.providers.pki.certificate.reading import read as read_node
from phoenix.redaction import redact
from phoenix.settings import Settings
from phoenix.specs.target import NodeTarget


def of_stack(stack: str) -> list[Report]:
    """A report for each certificate; raises PhoenixError where the stack or its configuration cannot be read."""
    settings = stack_settings.of_stack(stack)
    return read(settings, load(CONFIG, STACKS, settings.environment))


def read(settings: Settings, cluster: Cluster) -> list[Report]:
    """A report for each certificate of the manifest; what cannot be read says so in its state. Never raises."""
    try:
        # once for all of them: each would wait for the same silent node
        open_shell(settings, NodeTarget(node=cluster.node.at)).run(["true"])
    except PhoenixError as error:
        cause = redact(error.cause if isinstance(error, UnobservableError) else str(error))
        return [unreachable(each, certificates.users(cluster, each), cause) for each in cluster.certificates]
    reconciler = CertificateReconciler()
    reports = []
    for each in cluster.certificates:
        desired = certificates.issued(cluster, each)
        users = certificates.users(cluster, each)
        try:
            listing = read_node(open_shell(settings, NodeTarget(node=desired.node)), desired)
            live = reconciler.judge(settings, desired, listing).live
        except PhoenixError as error:
            cause = error.cause if isinstance(error, UnobservableError) else str(error)
            reports.append(unreachable(each, users, redact(cause)))
            continue
        reports.append(describe(desired, live, listing, users))
    return reports
