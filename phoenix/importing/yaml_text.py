"""A written file as people read it: its keys in their order, short lists on one line, and where it comes from."""

from collections.abc import Mapping
from io import StringIO
from pathlib import PurePosixPath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.resolver import implicit_resolvers
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from phoenix.importing.ledger import Entry, Fate
from phoenix.importing.new_file import NewFile

_YAML_1_1 = tuple(pattern for versions, _, pattern, _ in implicit_resolvers if (1, 1) in versions)
_BEGINNING = {"cores", "features", "firewall", "dns", "ca", "swarm", "portainer", "environments", "networks", "volumes"}
"""Top-level keys that begin a paragraph."""
_OF_THE_START = ("template", "running", "onboot", "boot", "unprivileged")
"""Of these the first."""
_WIDTH = 118
_SCHEMAS = {"cluster.yaml": "cluster", "certificates.yaml": "certificates", "stack.yaml": "stack"}


def yaml_text(file: NewFile, entries: list[Entry]) -> str:
    """The file's text. A comment stands above each top-level key with something that the old files did not say so."""
    top = CommentedMap()
    keys = [*(key for key in file.order if key in file.data), *(key for key in file.data if key not in file.order)]
    for key in keys:
        top[key] = _styled(file.data[key], depth=0)
    for key, lines in _comments(file, entries).items():
        if key in top:
            top.yaml_set_comment_before_after_key(key, before="\n".join(lines))
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = StringIO()
    yaml.dump(top, text)
    return f"{_head(file, entries)}{_in_paragraphs(text.getvalue(), keys)}"


def _in_paragraphs(text: str, keys: list[str]) -> str:
    """The text with an empty line before each key that begins another subject."""
    begun = next((key for key in keys if key in _OF_THE_START), "")
    lines: list[str] = []
    comments: list[str] = []
    for line in text.splitlines():
        if line.startswith("#"):
            comments.append(line)
            continue
        key = line.partition(":")[0]
        if lines and (key in _BEGINNING or (key and key == begun)):
            lines.append("")
        lines += [*comments, line]
        comments = []
    return "\n".join([*lines, *comments]) + "\n"


def _head(file: NewFile, entries: list[Entry]) -> str:
    path = PurePosixPath(file.path)
    name = _SCHEMAS.get(path.name, "" if path.name == "compose.yaml" else "guest")
    up = "../" * (len(path.parts) - 1 - (path.parts[0] == "config"))
    schema = f"{up}{'' if path.parts[0] == 'config' else 'config/'}schema/{name}.json"
    sources = dict.fromkeys(
        each.old.file.path for each in entries if each.old and each.new and each.new.file == file.path
    )
    lines = [f"# yaml-language-server: $schema={schema}"] if name else []
    lines += [f"# from {', '.join(sources)}"] if sources else []
    return "".join(f"{line}\n" for line in lines)


def _comments(file: NewFile, entries: list[Entry]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in entries:
        if each.new and each.new.file == file.path and each.fate in (Fate.CHANGED, Fate.ADDED) and each.why:
            key, *rest = each.new.loc
            line = f"{each.fate}{f' {each.new.field}' if rest else ''}: {each.why}"
            lines = found.setdefault(str(key), [])
            if line not in lines and not any(each.why in known for known in lines):
                lines.append(line)
    return found


def _styled(value: Any, depth: int) -> Any:
    """The value in block style, but for what is short and flat."""
    made: CommentedMap | CommentedSeq
    if isinstance(value, Mapping):
        made = CommentedMap({key: _styled(each, depth + 1) for key, each in value.items()})
    elif isinstance(value, list | tuple):
        made = CommentedSeq(_styled(each, depth + 1) for each in value)
    else:
        return SingleQuotedScalarString(value) if isinstance(value, str) and _is_no_text(value) else value
    if _is_flat(value, depth):
        made.fa.set_flow_style()
    return made


def _is_no_text(value: str) -> bool:
    """Whether YAML 1.1, which Docker reads, takes the text for something else: `22:22` for a number."""
    return any(each.match(value) for each in _YAML_1_1)


def _is_flat(value: Any, depth: int) -> bool:
    """Lists of numbers and short words, and the entries of a list."""
    if not value:
        return True
    inner = list(value.values()) if isinstance(value, Mapping) else list(value)
    if any(isinstance(each, Mapping) for each in inner):
        return False
    if isinstance(value, Mapping):
        short = len(str(value)) < _WIDTH * 2 and len(value) < 9
        return depth > 1 and short and all(not isinstance(each, list) or len(each) < 9 for each in inner)
    return len(str(value)) < _WIDTH - 20 and all(not isinstance(each, str) or len(each) < 40 for each in inner)
