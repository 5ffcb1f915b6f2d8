"""What of the old files is a secret: by its key, or by what it looks like."""

import re
from typing import Any

_KEY = re.compile(
    r"pass(word|wd|phrase)?(_hash)?$|passw|(^|[_-])pass([_-]|$)|secret(?!s$)|token$|api[_-]?key$|private[_-]?key$|credential",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@]+:[^/\s@$]+@|\beyJ[\w-]+\.eyJ[\w-]+\."
    r"|\b(hf_|ghp_|github_pat_|dckr_pat_|sk-)[A-Za-z0-9_]{16,}|\$(1|2[aby]|5|6|y|apr1)\$"
)
_HARMLESS = re.compile(r"/[\w./-]+|\$\{\w+(:?[-?][^}]*)?\}|")
_ASSIGNED = re.compile(r"(-{0,2}[\w.-]+)=(.*)", re.DOTALL)


def is_secret(key: str, value: Any) -> bool:
    """Whether nobody may read the value, or what stands behind the `=` in it.

    A path to a secret is none, nor is a variable that stands for one.
    """
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return False
    text = str(value)
    if _LOOKS.search(text):
        return True
    if _KEY.search(key) and not _HARMLESS.fullmatch(text):
        return True
    match = _ASSIGNED.fullmatch(text)
    return match is not None and bool(_KEY.search(match[1])) and not _HARMLESS.fullmatch(match[2])


def words(value: Any) -> tuple[str, ...]:
    """What must not be shown of a value that is secret: all of it, and what stands behind the `=`."""
    match = _ASSIGNED.fullmatch(str(value))
    return (str(value), match[2]) if match else (str(value),)
