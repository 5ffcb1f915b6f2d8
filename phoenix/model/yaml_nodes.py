"""YAML 1.2 as nodes that know their lines: https://yaml.org/spec/1.2.2/

libyaml reads a hundred times faster than ruamel.yaml does, but knows YAML 1.1's grammar. So it reads what both take
alike; the meaning of plain values is ruamel.yaml's, and so is all that libyaml refuses or tells less exactly.
"""

import re
from functools import cache, lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.resolver import implicit_resolvers
from ruamel.yaml.tag import Tag
from yaml import YAMLError as LibYamlError
from yaml import nodes as libyaml
from yaml._yaml import CParser
from yaml.resolver import BaseResolver

_ALIKE = re.compile(r"[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\U00010000-\U0010ffff]*")
"""Text without tabs, without what is a line break in one version only, and without what both refuse."""
_APART = re.compile(
    r"^%|[|>][-+0-9]*#|(?:^|[\s\[{,])!(?!!?\w*(?:[\s,\]}]|$))|(?:^|[\s\[{,])[&*][\w-]*[^\s\w,\]}&-]", re.MULTILINE
)
"""Directives, a comment that is none, tags that are more than a word, and names of anchors that only YAML 1.2 knows."""


class _Resolver(BaseResolver):
    """What a plain value is, by YAML 1.2's core schema: `yes` is text, `0o17` a number."""


for _versions, _name, _pattern, _first in implicit_resolvers:
    if (1, 2) in _versions:
        _Resolver.add_implicit_resolver(_name, _pattern, _first)  # type: ignore[no-untyped-call]


_resolver: Any = _Resolver()  # type: ignore[no-untyped-call]


@lru_cache(maxsize=100_000)
def _resolved(kind: Any, value: str | None, implicit: Any) -> str:
    """The name of a node's tag; the same few words stand in every file."""
    name: str = _resolver.resolve(kind, value, implicit)
    return name


class _Loader(CParser, _Resolver):  # type: ignore[misc]
    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        _Resolver.__init__(self)  # type: ignore[no-untyped-call]

    def resolve(self, kind: Any, value: str | None, implicit: Any) -> str:
        return _resolved(kind, value, implicit)


class _UnlikeError(Exception):
    """libyaml does not tell the same as ruamel.yaml does."""


def compose(text: str) -> Node | None:
    """The document's root, None for an empty text; raises ruamel.yaml's YAMLError."""
    if _ALIKE.fullmatch(text) and not _APART.search(text):
        try:
            root = _Loader(text).get_single_node()
            if root is not None:
                return _copied(root, {})
        except (LibYamlError, _UnlikeError):
            pass
    composed: Node | None = YAML(typ="safe", pure=True).compose(text)
    return composed


def construct(root: Node) -> Any:
    """Plain data; raises ruamel.yaml's YAMLError."""
    try:
        return YAML(typ="safe", pure=True).constructor.construct_document(root)
    except TypeError:
        # ruamel.yaml takes a list for a key, and breaks on a mapping
        raise YAMLError("a key is a plain value, and no mapping") from None


def _copied(node: Any, known: dict[int, Node]) -> Node:
    """The node as one of ruamel.yaml's; what an alias stands for stays one node."""
    if (found := known.get(id(node))) is not None:
        return found
    tag, start, end = _tag(node.tag), node.start_mark, node.end_mark
    if isinstance(node, libyaml.ScalarNode):
        if not node.value and not node.style:
            # where nothing stands, the two name different lines
            raise _UnlikeError
        made = known[id(node)] = ScalarNode(tag, node.value, start, end, node.style)
        return made
    value: list[Any] = []
    kind = SequenceNode if isinstance(node, libyaml.SequenceNode) else MappingNode
    copied = known[id(node)] = kind(tag, value, start, end, node.flow_style)
    if kind is SequenceNode:
        value += [_copied(each, known) for each in node.value]
    else:
        value += [(_copied(key, known), _copied(each, known)) for key, each in node.value]
    return copied


@cache
def _tag(name: str) -> Tag:
    """One object a tag: it keeps what it decodes its name to."""
    return Tag(suffix=name)
