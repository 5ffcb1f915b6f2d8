"""From a feature's options to its parts; the module that makes them is loaded only then."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from phoenix.features.feature import AnyFeature
from phoenix.features.given import Given
from phoenix.features.part import Part


def describe(feature: AnyFeature, options: Mapping[str, Any], given: Given) -> tuple[Part, ...]:
    """The parts for these options, in the order in which they are applied.

    Raises pydantic.ValidationError for options that the feature does not know.
    """
    module = import_module(f"{feature.declared.__module__}.parts")
    return tuple(module.parts(feature.options.model_validate(options), given))
