"""Whether a text is what SOPS leaves behind: the metadata that it adds to each format.

https://getsops.io/docs/#encrypting-using-age ; a file of any other name is JSON with the whole content as `data`.
"""

import re
from pathlib import PurePosixPath

_MARKS = {
    ".yaml": r"^sops:\s*$",
    ".yml": r"^sops:\s*$",
    ".env": r"^sops_mac=ENC\[",
    ".ini": r"^\[sops\]\s*$",
}
_JSON = r'^\s*"sops":\s*\{'


def is_encrypted(path: str, text: str) -> bool:
    """Whether the file of that name has been encrypted by SOPS."""
    mark = _MARKS.get(PurePosixPath(path).suffix, _JSON)
    return "ENC[" in text and re.search(mark, text, re.MULTILINE) is not None
