"""YAML as text: block style, keys in their order, no line folding."""

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML


def dump(document: Any) -> str:
    """The document as YAML 1.2 text."""
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 4096
    text = StringIO()
    yaml.dump(plain(document), text)
    return text.getvalue()


def plain(value: Any) -> Any:
    """A copy of nothing but dicts, lists and scalars, in which an anchor's users share nothing."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
