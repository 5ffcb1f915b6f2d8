"""Drives a reconciler the way the adapter does, without Pulumi."""

import json
import warnings
from typing import Any

from phoenix.providers.core.reconciler import Reconciler
from phoenix.settings import Settings
from phoenix.specs.spec import Spec


def live(kind: Reconciler[Any, Any], settings: Settings, desired: Spec) -> Any:
    """The live state, None when absent; it must survive the engine's state, which knows no types of ours."""
    seen = kind.observe(settings, desired)
    if seen is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = json.loads(seen.live.model_dump_json(exclude_none=True))
    assert kind.spec.model_validate(kept) == seen.live
    return seen.live


def performed(kind: Reconciler[Any, Any], settings: Settings, desired: Spec) -> list[Any]:
    """Performs what the plan says, and returns it; afterwards there must be nothing left to do."""
    actions = list(kind.plan(live(kind, settings, desired), desired))
    for action in actions:
        kind.perform(settings, desired, action)
    assert not kind.plan(live(kind, settings, desired), desired)
    return actions


def reached(kind: Reconciler[Any, Any], settings: Settings, desired: Spec) -> list[Any]:
    """The same, for a kind whose live state says no more and no less than the desired one."""
    actions = performed(kind, settings, desired)
    assert live(kind, settings, desired) == desired
    return actions


def converge(kind: Reconciler[Any, Any], settings: Settings, desired: Spec) -> list[str]:
    """What was performed, in words."""
    return [str(action) for action in performed(kind, settings, desired)]
