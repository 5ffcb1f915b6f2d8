"""`pulumi up` for people, timers and CI: waits for another run to end, clears what a killed one left, converges,
and ends with a summary.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired

from phoenix.clients.private_directory import private_directory
from phoenix.commands import certificate_part, leftovers, lock, pulumi_cli, stages, summary
from phoenix.commands.lock import Ended
from phoenix.console import tell

LOCK_SECONDS = 600.0


def main(arguments: list[str] | None = None) -> int:
    """Exit code of `pulumi up`, or 1 when the stack cannot be opened."""
    parser = argparse.ArgumentParser(prog="phoenix-up", description=__doc__)
    parser.add_argument("--stack", required=True, help="the Pulumi stack, such as dev")
    parser.add_argument("--certificates-only", action="store_true", help="leave everything but certificates alone")
    parser.add_argument("more", nargs="*", help="further arguments for pulumi up, after --")
    parser.add_argument(
        "--lock-timeout",
        type=float,
        default=LOCK_SECONDS,
        metavar="SECONDS",
        help="how long to wait for another run of the same stack to end (default: %(default).0f)",
    )
    given = parser.parse_args(arguments)
    # a run that is killed cannot take it away: the next one does
    log = private_directory("up") / "events"
    code = lock.until_unlocked(lambda: _converge(given, log), stack=given.stack, limit=given.lock_timeout)
    if code == 0:
        outputs = pulumi_cli.ask_json(["stack", "output", "--json", "--stack", given.stack])
        with log.open() as events:
            spans = stages.spans(events)
        print("\n".join(summary.lines(outputs, spans, datetime.now(UTC))))
    return code


def _converge(given: argparse.Namespace, log: Path) -> Ended:
    try:
        for line in leftovers.mend(given.stack):
            print(line, flush=True)
        pulumi_cli.ask(["stack", "select", "--create", given.stack])
        for line in leftovers.forget_pending(given.stack):
            print(line, flush=True)
        chosen = _certificates(given.stack) if given.certificates_only else []
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


if __name__ == "__main__":
    sys.exit(main())
