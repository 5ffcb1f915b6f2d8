"""Runs the product once on a lab that is up, and tells where its time went: `make profile`.

    bin/toolchain python -m benchmarks.profile [--json FILE] [-- COMMAND...]

Without a command it is a preview of the dev stack. FILE is given `seconds`, of the whole run, and `path`, of its
critical path.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.profile import events, path, report

CHECKOUT = Path(__file__).resolve().parents[2]
RECORDER = Path(__file__).resolve().parent / "recorder"
PREVIEW = ["pulumi", "preview", "--stack", "dev"]
LIMIT = 1800.0


def main(arguments: list[str]) -> int:
    """The command's exit code; the report goes to standard output."""
    parser = argparse.ArgumentParser(prog="make profile")
    parser.add_argument("--json", type=Path)
    parser.add_argument("command", nargs="*")
    given = parser.parse_args(arguments)
    command = given.command
    with tempfile.TemporaryDirectory(prefix="phoenix-profile-") as folder:
        recorded = ["env", f"PYTHONPATH={RECORDER}", f"PHOENIX_PROFILE={folder}", *(command or PREVIEW)]
        started = time.time()
        done = subprocess.run(
            [str(CHECKOUT / "bin" / "lab"), "exec", "--", *recorded],
            cwd=CHECKOUT, capture_output=True, text=True, timeout=LIMIT, check=False, env={**os.environ},
        )  # fmt: skip
        total = time.time() - started
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            return done.returncode
        seen = events.read(Path(folder), started)
    state = subprocess.run(
        [str(CHECKOUT / "bin" / "lab"), "exec", "--", "pulumi", "stack", "export", "--stack", "dev"],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=120.0, check=True,
    )  # fmt: skip
    resources = json.loads(state.stdout)["deployment"].get("resources", [])
    steps = path.critical_path(resources, seen)
    print(report.render(total, seen, steps), end="")
    if given.json:
        length = sum(each.seconds for each in steps)
        given.json.write_text(json.dumps({"seconds": total, "path": length}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
