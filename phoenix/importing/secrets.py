"""What of the old files is a secret: by its key, or by what it looks like."""

import re
from typing import Any

_KEY = re.compile(
    r"pass(word|wd|phrase)?(_hash)?$|passw|(^|_)pass(_|$)|secret|token$|api_?key$|private_?key$|credential",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@]+:[^/\s@$]+@|\beyJ[\w-]+\.eyJ[\w-]+\."
    r"|\b(hf_|ghp_|github_pat_|dckr_pat_|sk-)[A-Za-z0-9_]{16,}|^\$(1|2[aby]|5|6|y)\$"
)
_PATH = re.compile(r"^/[\w./-]+$")


def is_secret(key: str, value: Any) -> bool:
    """Whether nobody may read the value; a path to a secret and a variable that stands for one are none."""
    if not isinstance(value, str | int | float) or isinstance(value, bool) or value == "":
        return False
    text = str(value)
    if _LOOKS.search(text):
        return True
    return bool(_KEY.search(key)) and not _PATH.match(text) and not re.fullmatch(r"\$\{\w+(:?[-?][^}]*)?\}", text)
