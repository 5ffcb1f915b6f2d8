"""A compose file with its variables filled in, in all that Docker fills them in.

https://docs.docker.com/reference/compose-file/interpolation/ : values, not keys, of the sections below.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from phoenix.model.compose.variables import Filled
from phoenix.model.document import Loc

SECTIONS = ("services", "volumes", "networks", "secrets", "configs")

_TRUE, _FALSE = ("y", "yes", "true", "on"), ("n", "no", "false", "off")


def texts(compose: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Every text in which Docker looks for variables, with its place."""
    todo: list[tuple[Loc, Any]] = [((each,), compose[each]) for each in SECTIONS if each in compose]
    while todo:
        path, value = todo.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, Mapping):
            todo += [((*path, key), each) for key, each in value.items()]
        elif isinstance(value, list):
            todo += [((*path, index), each) for index, each in enumerate(value)]


def filled(compose: Mapping[str, Any], fill: Callable[[str], Filled], written: Callable[[Filled], str]) -> Any:
    """A copy with every text `fill`ed and `written`; what came of a variable is a number or a switch where one belongs.

    Raises VariableError.
    """

    def value(path: Loc, found: Any) -> Any:
        if isinstance(found, Mapping):
            return {key: value((*path, key), each) for key, each in found.items()}
        if isinstance(found, list):
            return [value((*path, index), each) for index, each in enumerate(found)]
        if not isinstance(found, str) or "$" not in found:
            return found
        text = fill(found)
        return written(text) if text.left or text.text == found else _typed(path, text.text, written(text))

    return {key: value((key,), found) if key in SECTIONS else found for key, found in compose.items()}


def _typed(path: Loc, text: str, otherwise: str) -> Any:
    """`text` as what belongs at `path`; as it is where it is none of that, or nothing but text does."""
    place = "/".join("#" if isinstance(step, int) else step for step in path)
    if _NUMBERS.fullmatch(place):
        return _number(text, otherwise)
    if _SWITCHES.fullmatch(place):
        return text.lower() in _TRUE if text.lower() in (*_TRUE, *_FALSE) else otherwise
    return otherwise


def _number(text: str, otherwise: str) -> Any:
    # decimal, a leading zero or not, as Docker's conversion of variables does
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    try:
        return float(text) if re.fullmatch(r"[-+]?[0-9.]+", text) else otherwise
    except ValueError:
        return otherwise


def _places(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns).replace("*", "[^/]+"))


_NUMBERS = _places(
    "services/*/(configs|secrets)/#/mode",
    "services/*/healthcheck/retries",
    "services/*/deploy/replicas",
    "services/*/deploy/(update|rollback)_config/(parallelism|max_failure_ratio)",
    "services/*/deploy/restart_policy/max_attempts",
    "services/*/deploy/placement/max_replicas_per_node",
    "services/*/ports/#/(target|published)",
    "services/*/ulimits/*(/(hard|soft))?",
    "services/*/oom_score_adj",
)
_SWITCHES = _places(
    "services/*/healthcheck/disable",
    "services/*/(read_only|stdin_open|tty|init)",
    "services/*/volumes/#/read_only",
    "services/*/volumes/#/volume/nocopy",
    "(networks|volumes|secrets|configs)/*/external",
    "networks/*/(internal|attachable)",
)
"""Where Docker makes a number or a switch of a variable's text."""
