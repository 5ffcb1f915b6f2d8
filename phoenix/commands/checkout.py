"""Where the program and its configuration lie."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CONFIG, STACKS = Path("config"), Path("stacks")
"""There."""


def enter() -> None:
    """Go there, as Pulumi's program does: relative paths of a stack's settings begin there."""
    os.chdir(CHECKOUT)
