"""Runs a command and writes how long it took: inside the lab's network, so that entering it is no part of the time.

    python -m benchmarks.timed OUTPUT COMMAND...

writes JSON, `seconds` and `code`, to standard output, and what the command says to the file OUTPUT.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

LIMIT = 1800.0


def main(output: str, *command: str) -> None:
    with Path(output).open("wb") as said:
        begun = time.monotonic()
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, timeout=LIMIT, check=False
        )
        seconds = time.monotonic() - begun
    json.dump({"seconds": seconds, "code": done.returncode}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
