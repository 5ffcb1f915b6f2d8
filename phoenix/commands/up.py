"""`phoenix up`."""

from pathlib import Path

import click

from phoenix.commands.checkout import enter
from phoenix.commands.stack_option import stack_option

LOCK_SECONDS = 600.0


@click.command(
    epilog="""\b
Examples:
  phoenix up --stack production
  phoenix up --stack production --certificates-only
  phoenix up --stack production --lock-timeout 1800
  phoenix up --stack production --plan reviewed.json
  phoenix up --stack testing -- --target '**SwarmStack::qdrant**'""",
)
@stack_option
@click.option("--certificates-only", is_flag=True, help="Leave everything but certificates alone.")
@click.option(
    "--lock-timeout",
    type=click.FloatRange(min=0),
    default=LOCK_SECONDS,
    metavar="SECONDS",
    show_default=True,
    help="How long to wait for another run of the same stack to end.",
)
@click.option(
    "--plan",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Change only what was reviewed: the file of `phoenix preview --save-plan`.",
)
@click.argument("more", nargs=-1, type=click.UNPROCESSED, metavar="[-- ARGUMENTS OF pulumi up]")
def command(stack: str, certificates_only: bool, lock_timeout: float, plan: Path | None, more: tuple[str, ...]) -> int:
    """Converge a stack, and end with a summary.

    For people, timers and CI: it waits for another run to end, and clears what a killed one left. The exit code is that
    of `pulumi up`, or 1 where the stack cannot be opened.

    With --plan it previews first. Where that goes beyond what was reviewed it tells in what, changes nothing and ends
    with 2. Certificates that are due by time are renewed all the same.
    """
    from phoenix.commands.converging import Run, converge

    if plan and (certificates_only or more):
        raise click.UsageError("--plan is for a whole run: neither --certificates-only nor more arguments go with it")
    # as the caller's folder has it
    given = plan and plan.absolute()
    enter()
    return converge(Run(stack, certificates_only, more, given), lock_timeout)
