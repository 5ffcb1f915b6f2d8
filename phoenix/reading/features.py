"""Which features a guest has: those whose every part is as it should be, and those whose unit runs."""

from collections.abc import Mapping
from typing import Any

from phoenix.features.registry import FEATURES
from phoenix.features.surroundings import Surroundings
from phoenix.providers.inside.feature import FeatureReconciler
from phoenix.reading.asking import Missing
from phoenix.reading.inside import Inside
from phoenix.settings import Settings
from phoenix.specs.artifact import Artifact
from phoenix.specs.inside import FeatureSpec
from phoenix.specs.target import GuestTarget


def features(
    settings: Settings,
    at: GuestTarget,
    inside: Inside,
    around: Surroundings,
    artifacts: Mapping[str, Artifact],
    missing: Missing,
) -> dict[str, list[str]]:
    """By name, in the order in which they are installed, with the parts that are not met.

    A feature that cannot be described by its name alone (a model, a command) is not looked for.
    """
    found: dict[str, list[str]] = {}
    reconciler = FeatureReconciler()
    for name, feature in FEATURES.items():
        if feature.needs_options:
            continue
        declared: Any = feature.declared(name=name)
        spec = FeatureSpec(
            target=at,
            feature=name,
            options=feature.options_of(declared, around).model_dump(mode="json", exclude_unset=True),
            artifacts={each: artifacts[each] for each in feature.artifacts if each in artifacts},
        )
        with missing.unless_told(f"{spec}"):
            seen = reconciler.observe(settings, spec)
            if seen is not None and (not seen.live.unmet or feature.unit_of(declared) in inside.units):
                found[name] = list(seen.live.unmet)
    return found
