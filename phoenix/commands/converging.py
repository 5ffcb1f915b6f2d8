"""One `pulumi up` that waits for another run to end, clears what a killed one left, and ends with a summary."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired

from phoenix.clients.private_directory import private_directory
from phoenix.commands import certificate_part, held, leftovers, lock, pulumi_cli, reviewed, stages, summary
from phoenix.commands.lock import Ended
from phoenix.commands.reviewed import Plan
from phoenix.console import tell


@dataclass(frozen=True)
class Run:
    """What is asked of `pulumi up`."""

    stack: str
    certificates_only: bool = False
    more: tuple[str, ...] = ()
    """Its further arguments."""
    plan: Path | None = None
    """What was reviewed; None where nobody need have."""


def converge(given: Run, lock_timeout: float) -> int:
    """Exit code of `pulumi up`, 1 when the stack cannot be opened, or 2 where it would go beyond the given plan."""
    approved = reviewed.load(given.plan, given.stack) if given.plan else None
    # a run that is killed cannot take it away: the next one does
    log = private_directory("up") / "events"
    code = lock.until_unlocked(lambda: _converge(given, log, approved), stack=given.stack, limit=lock_timeout)
    if code == 0:
        outputs = pulumi_cli.ask_json(["stack", "output", "--json", "--stack", given.stack])
        with log.open() as events:
            spans = stages.spans(events)
        print("\n".join(summary.lines(outputs, spans, datetime.now(UTC))))
    return code


def _converge(given: Run, log: Path, approved: Plan | None) -> Ended:
    try:
        for line in leftovers.mend(given.stack):
            print(line, flush=True)
        pulumi_cli.ask(["stack", "select", "--create", given.stack])
        for line in leftovers.forget_pending(given.stack):
            print(line, flush=True)
        chosen = _certificates(given.stack) if given.certificates_only else []
        if approved:
            # the run itself is held to this preview: the one that was reviewed may be of days ago
            checked = log.with_name("plan")
            if (kept := held.to_plan(approved, checked)).code:
                return kept
            chosen = ["--plan", str(checked)]
    except CalledProcessError as error:
        stopped = Ended(1, error.stderr)
        if not stopped.locked:
            tell(f"stack {given.stack}: {error.stderr.strip()}")
        return stopped
    except TimeoutExpired as error:
        tell(f"stack {given.stack}: `{' '.join(error.cmd[:2])}` did not end within {error.timeout:.0f} s")
        return Ended(1)
    fixed = ["up", "--stack", given.stack, "--yes", "--skip-preview", "--suppress-outputs"]
    return lock.watched(["pulumi", *fixed, "--event-log", str(log), *chosen, *given.more], pulumi_cli.environment())


def _certificates(stack: str) -> list[str]:
    state = pulumi_cli.ask_json(["stack", "export", "--stack", stack])
    return certificate_part.targets((state.get("deployment") or {}).get("resources") or [])
