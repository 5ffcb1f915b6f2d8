"""`phoenix import`."""

from pathlib import Path

import click


@click.command(
    epilog="""\b
Examples:
  phoenix import /usr/local/phoenix_hypervisor --to imported --report import.md
  phoenix import old --to imported --json | jq '.values[] | select(.fate == "changed")'""",
)
@click.argument("directory", type=click.Path(path_type=Path))
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
    directory: Path,
    target: Path,
    environment: str,
    report: Path | None,
    as_json: bool,
    leave_out: tuple[str, ...],
    force: bool,
) -> int:
    """Make a configuration of the old shell system's JSON files.

    Files are found by what they hold. The report tells of every value that was changed, left out or added, with the
    reason, and which secrets to set. What does not load is not written. Ends with 1 when something is missing.
    """
    from phoenix.commands import exit_codes
    from phoenix.importing.run import import_directory

    text, complete = import_directory(
        directory, target, environment, leave_out=leave_out, force=force, as_json=as_json, report=report
    )
    if report is None:
        print(text, end="")
    return exit_codes.DONE if complete else exit_codes.NOT_SO
