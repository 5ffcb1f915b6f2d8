"""Every certificate of a stack as it lies on the node now: a table for people, JSON and an exit code for monitoring.

Exit code: 0 when all are in order, 1 when one is due (the next run renews it), 2 when one cannot be used as it is
(expired, missing, unreadable, a key that does not match, a foreign issuer), the node cannot be asked, or the stack
cannot be opened.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired

from phoenix.clients.shell import open_shell
from phoenix.commands import pulumi_cli
from phoenix.commands.certificate_report import Report, describe, exit_code, table, unreachable
from phoenix.console import tell
from phoenix.errors import PhoenixError, UnobservableError
from phoenix.model import Cluster, load
from phoenix.plan import certificates
from phoenix.providers.pki.certificate import CertificateReconciler
from phoenix.providers.pki.certificate.reading import read as read_node
from phoenix.redaction import redact
from phoenix.settings import Settings
from phoenix.specs.target import NodeTarget

CHECKOUT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """The exit code, as above."""
    parser = argparse.ArgumentParser(prog="phoenix-certs", description=__doc__)
    parser.add_argument("--stack", default="dev", help="the Pulumi stack (dev)")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args(arguments)
    try:
        settings = _settings(given.stack)
        reports = read(settings, load(CHECKOUT / "config", CHECKOUT / "stacks", settings.environment))
    except (CalledProcessError, TimeoutExpired) as error:
        said = error.stderr.decode() if isinstance(error.stderr, bytes) else error.stderr
        tell(f"stack {given.stack}: {(said or str(error)).strip()}")
        return 2
    except PhoenixError as error:
        tell(str(error))
        return 2
    print(json.dumps([asdict(each) for each in reports], indent=2) if given.json else "\n".join(table(reports)))
    return exit_code(reports)


def _settings(stack: str) -> Settings:
    values = pulumi_cli.ask_json(["config", "--json", "--show-secrets", "--stack", stack])
    return Settings.load(lambda key: values.get(f"phoenix:{key}", {}).get("value"))


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


if __name__ == "__main__":
    sys.exit(main())
