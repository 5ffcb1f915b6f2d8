"""What a guest's file may say of a feature: its name alone, or a mapping with the keys that the feature declares."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from phoenix.features.feature import Declared
from phoenix.features.registry import FEATURES


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class _NameOrOptions:
    """Lets editors accept `- docker` beside `- {name: vllm, ...}`."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        names = [name for name, feature in FEATURES.items() if not feature.needs_options]
        return {"anyOf": [{"type": "string", "enum": names}, handler(schema)]}


if TYPE_CHECKING:
    Feature: TypeAlias = Declared
else:
    # which classes there are is the registry's to say
    Feature = Annotated[
        Annotated[reduce(or_, (feature.declared for feature in FEATURES.values())), Field(discriminator="name")],
        BeforeValidator(_named),
        _NameOrOptions,
    ]
