"""`pulumi up` for people, timers and CI: clears what a killed run left, converges, and ends with a summary."""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CalledProcessError

from phoenix.commands import leftovers, pulumi_cli, stages, summary


def main(arguments: list[str] | None = None) -> int:
    """Exit code of `pulumi up`, or 1 when the stack cannot be opened."""
    parser = argparse.ArgumentParser(prog="phoenix-up", description=__doc__)
    parser.add_argument("--stack", required=True, help="the Pulumi stack, such as dev")
    parser.add_argument("more", nargs="*", help="further arguments for pulumi up, after --")
    given = parser.parse_args(arguments)
    try:
        pulumi_cli.ask(["stack", "select", "--create", given.stack])
        for line in leftovers.clear(given.stack):
            print(line, flush=True)
    except CalledProcessError as error:
        print(f"stack {given.stack}: {error.stderr.strip()}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="phoenix-up-") as directory:
        log = Path(directory) / "events"
        fixed = ["up", "--stack", given.stack, "--yes", "--skip-preview", "--suppress-outputs"]
        code = pulumi_cli.run([*fixed, "--event-log", str(log), *given.more])
        if code == 0:
            outputs = pulumi_cli.ask_json(["stack", "output", "--json", "--stack", given.stack])
            with log.open() as events:
                spans = stages.spans(events)
            print("\n".join(summary.lines(outputs, spans, datetime.now(UTC))))
    return code


if __name__ == "__main__":
    sys.exit(main())
