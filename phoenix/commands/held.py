"""A run that is held to a plan which was reviewed."""

from pathlib import Path

from phoenix.commands import exit_codes, reviewed
from phoenix.commands.lock import Ended
from phoenix.commands.previewing import preview
from phoenix.commands.reviewed import Plan
from phoenix.console import tell


def to_plan(approved: Plan, update_plan: Path) -> Ended:
    """Previews now, and writes Pulumi's own update plan of that.

    Its code is not 0 where the preview failed, or goes beyond what was approved: what is beyond it is told.
    """
    now = preview(approved.stack, "--save-plan", str(update_plan))
    if now.ended.code:
        return now.ended
    beyond = list(reviewed.beyond(approved, now.seen))
    if not beyond:
        return now.ended
    lines = "\n".join(f"  {line}" for line in beyond)
    tell(
        f"stack {approved.stack}: nothing was done, because this would go beyond what was reviewed\n{lines}\n"
        "  next: see what changed since, then review again: phoenix preview --save-plan"
    )
    return Ended(exit_codes.UNUSABLE)
