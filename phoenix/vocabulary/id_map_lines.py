"""`lxc.idmap` lines of a container whose IDs are the node's in some ranges, and shifted by 100000 all around them.

https://linuxcontainers.org/lxc/manpages/man5/lxc.container.conf.5.html
"""

import re
from collections.abc import Iterable
from typing import Literal

Range = tuple[Literal["uid", "gid"], int, int, int]
"""Users or groups, the first ID in the container, the first one on the node, how many."""

_SHIFT, _IDS = 100_000, 65_536


def lines(ranges: Iterable[Range]) -> tuple[str, ...]:
    """A whole ID map; none without ranges."""
    given = sorted(ranges)
    if not given:
        return ()
    found = []
    for letter, kind in (("u", "uid"), ("g", "gid")):
        start = 0
        for _, first, host, size in (each for each in given if each[0] == kind):
            if first > start:
                found.append(f"lxc.idmap: {letter} {start} {_SHIFT + start} {first - start}")
            found.append(f"lxc.idmap: {letter} {first} {host} {size}")
            start = first + size
        if start < _IDS:
            found.append(f"lxc.idmap: {letter} {start} {_SHIFT + start} {_IDS - start}")
    return tuple(found)


def ranges(given: Iterable[str]) -> tuple[Range, ...]:
    """The ranges of such lines that are not shifted."""
    found: list[Range] = []
    for line in given:
        match = re.fullmatch(r"lxc\.idmap: ([ug]) (\d+) (\d+) (\d+)", line)
        if match and int(match[3]) != int(match[2]) + _SHIFT:
            kind: Literal["uid", "gid"] = "uid" if match[1] == "u" else "gid"
            found.append((kind, int(match[2]), int(match[3]), int(match[4])))
    return tuple(found)
