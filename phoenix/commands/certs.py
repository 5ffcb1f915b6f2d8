"""`phoenix certs`."""

import json
from dataclasses import asdict

import click

from phoenix.commands.checkout import enter
from phoenix.commands.stack_option import stack_option


@click.command(
    epilog="""\b
Examples:
  phoenix certs --stack production
  phoenix certs --stack production --json | jq -r '.[] | select(.level > 0) | .name'""",
)
@stack_option
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def command(stack: str, as_json: bool) -> int:
    """Show every certificate as it is on the node now.

    A table for people, JSON and an exit code for monitoring: 0 when all are in order, 1 when one is due (the next run
    renews it), 2 when one cannot be used as it is (expired, missing, unreadable, a key that does not match, a foreign
    issuer), the node cannot be asked, or the stack cannot be opened.
    """
    from phoenix.commands.certificate_reading import of_stack
    from phoenix.commands.certificate_report import exit_code, table

    enter()
    reports = of_stack(stack)
    print(json.dumps([asdict(each) for each in reports], indent=2) if as_json else "\n".join(table(reports)))
    return exit_code(reports)
