"""`phoenix import`."""

from pathlib import Path

import click

from phoenix.commands.stack_option import known


@click.command(
    epilog="""\b
Examples:
  phoenix import /usr/local/phoenix_hypervisor --to imported --report import.md
  phoenix import old --to imported --json | jq '.values[] | select(.fate == "changed")'
  phoenix import --live --node 10.0.0.13 --stack production --to imported --report import.md""",
)
@click.argument("directory", required=False, type=click.Path(path_type=Path))
@click.option("--live", is_flag=True, help="Read a running cluster instead of a directory.")
@click.option("--node", "at", metavar="ADDRESS[:PORT]", help="With --live: the node, and the port of its SSH.")
@click.option("--api-port", default=8006, show_default=True, help="With --live: of the node's API.")
@click.option(
    "--stack",
    metavar="NAME",
    shell_complete=known,
    help="With --live: the Pulumi stack that has the credentials; without it they come from the environment.",
)
@click.option(
    "--to",
    "target",
    required=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where config/ and stacks/ are written.",
)
@click.option("--environment", default="production", show_default=True, help="The environment in which it must load.")
@click.option(
    "--report", metavar="FILE", type=click.Path(path_type=Path), help="Write the report there, not to standard output."
)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON: every value, with what became of it.")
@click.option(
    "--leave-out", multiple=True, metavar="KEY", help="Go on without a key that is not understood; may be repeated."
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
def command(
    directory: Path | None,
    live: bool,
    at: str | None,
    api_port: int,
    stack: str | None,
    target: Path,
    environment: str,
    report: Path | None,
    as_json: bool,
    leave_out: tuple[str, ...],
    force: bool,
) -> int:
    """Make a configuration of old files or a running cluster.

    Files are found by what they hold; a cluster is read, and nothing in it is changed. The report tells of every value
    that was changed, left out or added, with the reason, and which secrets to set. What does not load is not written.
    Ends with 1 when something is missing.
    """
    from phoenix.commands import exit_codes
    from phoenix.importing.run import import_directory, refuse_a_report_that_is_there

    if live:
        from phoenix.commands.live_import import live_import

        if directory is not None or leave_out or at is None:
            raise click.UsageError("--live reads the cluster of --node: no directory, no --leave-out")
        refuse_a_report_that_is_there(report, force=force)
        text, complete = live_import(
            at, api_port, stack, target, environment, force=force, as_json=as_json, report=report
        )
    elif directory is None or at is not None or stack is not None:
        raise click.UsageError("either a directory, or --live with --node")
    else:
        text, complete = import_directory(
            directory, target, environment, leave_out=leave_out, force=force, as_json=as_json, report=report
        )
    if report is None:
        print(text, end="")
    return exit_codes.DONE if complete else exit_codes.NOT_SO
