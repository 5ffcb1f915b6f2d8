"""A document against a model: the instance, or every problem with its line and what is allowed."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from phoenix.model.document import Document
from phoenix.model.problem import Problem

T = TypeVar("T")


def validated(document: Document, kind: Any) -> tuple[Any, tuple[Problem, ...]]:
    """The document's data as an instance of `kind` (a model or a union of them), or None and its problems."""
    try:
        return _adapter(kind).validate_python(document.data), ()
    except ValidationError as error:
        return None, tuple(_problems(document, kind, error.errors(include_url=False)))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _problems(document: Document, kind: Any, errors: Sequence[ErrorDetails]) -> Iterator[Problem]:
    """One problem a field: what the members of a union would accept is joined."""
    found: dict[tuple[str | int, ...], list[ErrorDetails]] = {}
    for error in errors:
        if error["type"] != "default_factory_not_called":  # it only says that there are other errors
            found.setdefault(document.strip(error["loc"], missing=error["type"] == "missing"), []).append(error)
    for loc, group in found.items():
        if all(error["type"] == "too_short" for error in group) and any(_below(other, loc) for other in found):
            # the list is only short of the items that are wrong themselves
            continue
        allowed = " or ".join(dict.fromkeys(_allowed(kind, error) for error in group))
        yield document.problem(loc, allowed=allowed, value=document.value(loc))


def _below(other: tuple[str | int, ...], loc: tuple[str | int, ...]) -> bool:
    return len(other) > len(loc) and other[: len(loc)] == loc


def _allowed(kind: Any, error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "this key is required"
        case "extra_forbidden":
            return "no such key; allowed are " + ", ".join(known_keys(kind, error["loc"][:-1]))
        case "union_tag_not_found":
            return f"the key {error['ctx']['discriminator']} is required".replace("'", "")
        case "union_tag_invalid":
            return f"allowed are {error['ctx']['expected_tags']}".replace("'", "")
        case "string_pattern_mismatch":
            return f"must match {error['ctx']['pattern']}"
        case _:
            message = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
            return message[:1].lower() + message[1:]


def known_keys(kind: Any, loc: Sequence[str | int]) -> tuple[str, ...]:
    """The keys that the model at `loc` below `kind` knows."""
    models = list(_models(kind))
    for step in loc:
        with_field = [each for each in models if step in each.model_fields]
        if with_field:
            models = [inner for each in with_field for inner in _models(each.model_fields[str(step)].annotation)]
        elif tagged := [each for each in models if _has_tag(each, step)]:
            models = tagged
    return tuple(dict.fromkeys(name for each in models for name in each.model_fields))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is not Literal:
        for argument in get_args(annotation):
            yield from _models(argument)


def _has_tag(model: type[BaseModel], tag: str | int) -> bool:
    return any(
        tag in get_args(field.annotation)
        for field in model.model_fields.values()
        if get_origin(field.annotation) is Literal
    )
