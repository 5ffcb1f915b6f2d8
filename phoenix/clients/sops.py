"""Files that SOPS has encrypted, decrypted into this process's memory: https://getsops.io/docs/

The plain text comes back by a pipe, and the key goes by the environment of the `sops` process alone.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from phoenix.errors import OperationError
from phoenix.redaction import redact, register
from phoenix.settings import Settings

STACKS = Path(__file__).resolve().parents[2] / "stacks"
LIMIT_S = 60.0
_SHORTEST = 16
"""A shorter line of a file would mask ordinary text."""


def decrypted(settings: Settings, file: str) -> bytes:
    """What the file at that path below `stacks/` holds; registers it for redaction.

    Raises OperationError in the words of SOPS.
    """
    if shutil.which("sops") is None:
        advice = "put `sops` on PATH, or let it be built: `bin/toolchain python -m toolchain.build sops`"
        raise _failure(file, "there is no sops on PATH", advice)
    try:
        done = subprocess.run(
            ["sops", "decrypt", str(STACKS / file)],
            env=_environment(settings, os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failure(file, str(error), "run `sops decrypt` on it by hand to see more") from None
    if done.returncode != 0:
        advice = "give the age key of one of its recipients: phoenix:sopsAgeKey, or a file by SOPS_AGE_KEY_FILE"
        raise _failure(file, redact(done.stderr.decode(errors="replace")), advice)
    text = done.stdout.decode(errors="replace")
    register(text, *(line.strip() for line in text.splitlines() if len(line.strip()) >= _SHORTEST))
    return done.stdout


def _environment(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    key = settings.sops_age_key
    return {**environ, **({"SOPS_AGE_KEY": key.get_secret_value()} if key else {})}


def _failure(file: str, cause: str, next_step: str) -> OperationError:
    return OperationError(
        resource=f"stacks/{file}", operation="decrypt it", host="this machine", cause=cause, next_step=next_step
    )
