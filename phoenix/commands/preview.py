"""`phoenix preview`."""

from pathlib import Path

import click

from phoenix.commands import exit_codes
from phoenix.commands.checkout import enter
from phoenix.commands.stack_option import stack_option

FILE = click.Path(path_type=Path)
LOCK_SECONDS = 600.0


@click.command(
    epilog="""\b
Examples:
  phoenix preview --stack production
  phoenix preview --stack production --markdown comment.md --save-plan reviewed.json
  phoenix preview --stack production --expect-no-changes
  phoenix preview --stack production --json | jq '.changes[] | select(.operation == "delete") | .name'""",
)
@stack_option
@click.option("--markdown", type=FILE, metavar="FILE", help="Write the result there as well, for a comment.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of Markdown on standard output.")
@click.option("--save-plan", type=FILE, metavar="FILE", help="Write what is reviewed, for `phoenix up --plan`.")
@click.option("--expect-no-changes", is_flag=True, help="End with 1 where anything is not as it should be.")
def command(stack: str, markdown: Path | None, as_json: bool, save_plan: Path | None, expect_no_changes: bool) -> int:
    """Tell what `up` would change, for a review.

    Field by field what is created, changed, replaced and deleted, what is refused, and what could not be read. Ends
    with 1 where something is refused, and then writes no plan. Certificates that are due by time are told apart: the
    hourly run renews them, and they are no change to be reviewed or expected.
    """
    import json

    from phoenix.commands import preview_text, reviewed
    from phoenix.commands.previewing import preview_unlocked

    # as the caller's folder has them
    comment, plan = (file and file.absolute() for file in (markdown, save_plan))
    enter()
    for file in filter(None, (comment, plan)):
        # what an earlier review wrote there is not what this one sees
        file.unlink(missing_ok=True)
    seen = preview_unlocked(stack, LOCK_SECONDS)
    text = preview_text.markdown(stack, seen)
    print(json.dumps(preview_text.as_json(stack, seen), indent=2) if as_json else text.rstrip("\n"))
    if comment:
        comment.write_text(text)
    if seen.refused:
        return exit_codes.NOT_SO
    if plan:
        reviewed.save(reviewed.planned(stack, seen), plan)
    return exit_codes.NOT_SO if expect_no_changes and not preview_text.is_quiet(seen) else exit_codes.DONE
