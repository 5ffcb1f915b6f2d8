"""The latest raw results, one file: each comparison's last measurement."""

import json
from pathlib import Path

from benchmarks.comparison import Raw

PATH = Path(__file__).with_name("results") / "latest.json"


def read() -> Raw:
    """Name of a comparison -> its measurement; empty before the first."""
    found: Raw = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}
    return found


def keep(name: str, measured: Raw) -> None:
    """Put a measurement in place of the comparison's last one."""
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps({**read(), name: measured}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
