"""A YAML file that is changed and written as it was: comments, order, quotes and indentation stay."""

from io import StringIO
from typing import Any

from ruamel.yaml import YAML

_INDENTS = ((2, 4, 2), (2, 2, 0), (4, 6, 4), (4, 4, 2), (4, 4, 0))
"""Of maps, lists, and the dash in a list, as people write them."""


class RoundTrip:
    """`document` is what may be changed."""

    def __init__(self, text: str) -> None:
        found = [_yaml(*indent) for indent in _INDENTS]
        # where none gives the very text, the difference shows what else would change
        self._yaml = next((each for each in found if _written(each, each.load(text)) == text), found[0])
        self.document: Any = self._yaml.load(text)

    @property
    def text(self) -> str:
        """The file as it is now."""
        return _written(self._yaml, self.document)

    def is_shared(self, node: Any) -> bool:
        """Whether the map or list stands in more than one place, by an anchor: a change of it would change others."""
        return sum(each is node for each in _nodes(self.document)) > 1


def _yaml(mapping: int, sequence: int, offset: int) -> YAML:
    made = YAML()
    made.preserve_quotes = True
    made.width = 1_000_000
    made.indent(mapping=mapping, sequence=sequence, offset=offset)
    return made


def _written(yaml: YAML, document: Any) -> str:
    stream = StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _nodes(value: Any) -> list[Any]:
    if not isinstance(value, dict | list):
        return []
    below = value.values() if isinstance(value, dict) else value
    return [value, *(node for each in below for node in _nodes(each))]
