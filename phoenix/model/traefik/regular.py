"""Regular expressions as Go takes them: https://github.com/google/re2/wiki/Syntax"""

import re
import warnings

_UNKNOWN = re.compile(r"\(\?(?:<?[=!]|>|P=|#|\()|\\[1-9Z]|[*+?}]\+")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_FLAGS = re.compile(r"\(\?[imsU]*(?:-[imsU]+)?\)|(?<=\(\?)[imsU]*(?:-[imsU]+)?(?=:)")
_NAMED = re.compile(r"\(\?<(?=[A-Za-z_])")
_CLASSES = re.compile(r"\\[pP](?:\{[^}]*\}|[A-Za-z])|\\[zCaQEGX]|\[:\^?[a-z]+:\]")


def check_regular(text: str) -> None:
    """Raises ValueError for what Go cannot take: look-around, references back, brackets that do not match.

    What only Go has is looked at as something alike that Python has.
    """
    alike = _CLASSES.sub("a", _NAMED.sub("(?P<", _FLAGS.sub("", text.replace("\\\\", "a"))))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(alike)
    except (re.error, OverflowError, RecursionError):
        pass
    else:
        plain = _CLASS.sub("a", text.replace("\\\\", "a").replace("\\+", "a"))
        if not _UNKNOWN.search(plain):
            return
    raise ValueError(f"a regular expression of Go, which knows no look-around and no references back; not {text}")
