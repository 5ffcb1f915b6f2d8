"""The constraint by which the product keeps a service on the guest that lists its stack."""

from collections.abc import Mapping
from typing import Any

from phoenix.model import Stack
from phoenix.model.placement import is_global, is_pinned


def unpinned(name: str, compose: dict[str, Any], manifest: Mapping[str, Any], environment: str, guest: str) -> str:
    """Takes it out where the product puts it in again; the `placement` that the manifest then needs, or nothing.

    Raises ValidationError or VariableError for what is no stack.
    """
    last = f"node.hostname == {guest}"
    constrained = {each for each, service in compose["services"].items() if _constraints(service)[-1:] == [last]}
    given = {**manifest, "name": name, "compose": compose}
    filled = Stack.model_validate(given)
    document = filled.filled(filled.environments[environment])
    usual = {each for each in compose["services"] if is_pinned(filled, document, each)}
    every = {each for each, service in compose["services"].items() if not is_global(service or {})}
    if constrained not in (usual, every):
        return "swarm"
    for each in constrained:
        _take_out(compose["services"][each])
    return "" if constrained == usual else "pinned"


def _constraints(service: Any) -> list[str]:
    deploy = (service or {}).get("deploy") or {}
    return [*((deploy.get("placement") or {}).get("constraints") or ())]


def _take_out(service: dict[str, Any]) -> None:
    placement = service["deploy"]["placement"]
    placement["constraints"] = placement["constraints"][:-1]
    if not placement["constraints"]:
        del placement["constraints"]
    if not placement:
        del service["deploy"]["placement"]
