"""One `pulumi preview`, and what it would change."""

from contextlib import suppress
from dataclasses import dataclass

from phoenix.clients.private_directory import private_directory
from phoenix.commands import lock, pulumi_cli, stack_settings
from phoenix.commands.changes import Seen, seen
from phoenix.commands.checkout import CONFIG, STACKS
from phoenix.commands.lock import Ended
from phoenix.errors import PhoenixError
from phoenix.model import load
from phoenix.plan import compose


@dataclass(frozen=True)
class Previewed:
    """How Pulumi ended, and what it saw until then."""

    ended: Ended
    seen: Seen


def preview(stack: str, *more: str) -> Previewed:
    """Once. What Pulumi shows goes to standard error, for standard output is for the result."""
    _learn_secrets(stack)
    log = private_directory("preview") / "events"
    log.unlink(missing_ok=True)
    fixed = ["preview", "--stack", stack, "--suppress-outputs", "--event-log", str(log)]
    ended = lock.told(["pulumi", *fixed, *more], pulumi_cli.environment())
    with suppress(FileNotFoundError), log.open() as events:
        return Previewed(ended, seen(events))
    return Previewed(ended, Seen())


def preview_unlocked(stack: str, limit: float) -> Seen:
    """As `preview`, once no other run is writing the state.

    Raises PhoenixError where nothing could be seen: no such stack, no state.
    """
    last: list[Previewed] = []

    def attempt() -> Ended:
        last[:] = [preview(stack)]
        return last[0].ended

    code = lock.until_unlocked(attempt, stack=stack, limit=limit)
    if code and not last[0].seen.refused:
        raise PhoenixError(f"stack {stack}: pulumi preview ended with {code}: {last[0].ended.complaint.strip()}")
    return last[0].seen


def _learn_secrets(stack: str) -> None:
    # what is unusable the program tells in the preview itself
    with suppress(PhoenixError):
        settings = stack_settings.of_stack(stack)
        settings.stack_secrets(compose.secret_settings(load(CONFIG, STACKS, settings.environment)))
