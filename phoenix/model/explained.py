"""What the source says about each field of a model, in the string after it.

Pydantic can look for these itself, but then whoever loads the model waits for it: a tenth of a second.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator

from pydantic import BaseModel


def explain(base: type[BaseModel]) -> None:
    """Gives every field of every model below `base` its description."""
    models = list(_below(base))
    said = {model: _strings(model) for model in (base, *models)}
    for model in models:
        for name, field in model.model_fields.items():
            field.description = next((said[each][name] for each in model.__mro__ if name in said.get(each, {})), None)
    for model in models:
        model.model_rebuild(force=True)


def _below(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _below(model)


def _strings(model: type[BaseModel]) -> dict[str, str]:
    (declared,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(declared, ast.ClassDef)
    found: dict[str, str] = {}
    for field, after in zip(declared.body, declared.body[1:], strict=False):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = inspect.cleandoc(text)
    return found
