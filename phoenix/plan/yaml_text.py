"""YAML as text: block style, keys in their order, no line folding."""

from collections.abc import Callable, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.resolver import implicit_resolvers
from ruamel.yaml.scalarstring import SingleQuotedScalarString

_YAML_1_1 = tuple(pattern for versions, _, pattern, _ in implicit_resolvers if (1, 1) in versions)


def dump(document: Any) -> str:
    """The document as YAML text, in which a reader of version 1.1 or 1.2 finds what is there.

    Docker reads 1.1: what that takes for a number or a truth value (`off`, `1:20`) is quoted where it is text.
    """
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 4096
    text = StringIO()
    yaml.dump(plain(document, _quoted), text)
    return text.getvalue()


def plain(value: Any, text: Callable[[str], str] = str) -> Any:
    """A copy of nothing but dicts, lists and scalars, in which an anchor's users share nothing.

    Keys and texts are what `text` makes of them.
    """
    if isinstance(value, Mapping):
        return {text(str(key)): plain(each, text) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each, text) for each in value]
    return text(value) if isinstance(value, str) else value


def _quoted(text: str) -> str:
    return SingleQuotedScalarString(text) if any(each.match(text) for each in _YAML_1_1) else text
