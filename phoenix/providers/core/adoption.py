"""What the first run of a configuration says of a thing that is there already: what would change in it. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

SHOWN = 60
"""Characters of a value that are shown; of a longer one only that it changes."""


def words(live: Mapping[str, Any], desired: Mapping[str, Any]) -> str:
    """`is there already, and is taken over: memory_mb 1024 -> 2048`, of two states as the engine has them."""
    changes = [f"{path} {_change(old, new)}" for path, old, new in _differences("", live, desired)]
    return f"is there already, and is taken over{': ' if changes else ' as it is'}{', '.join(changes)}"


def _differences(path: str, live: Any, desired: Any) -> Iterator[tuple[str, Any, Any]]:
    if live == desired:
        return
    if isinstance(live, Mapping) and isinstance(desired, Mapping):
        for key in sorted({*live, *desired}):
            yield from _differences(f"{path}.{key}" if path else key, live.get(key), desired.get(key))
    else:
        yield path, live, desired


def _change(old: Any, new: Any) -> str:
    shown = [_shown(old), _shown(new)]
    return "changes" if None in shown else " -> ".join(map(str, shown))


def _shown(value: Any) -> str | None:
    text = "none" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN and "\n" not in text else None
