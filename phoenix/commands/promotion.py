"""A stack's manifest in which one environment has what another has (pure)."""

from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from typing import Any

from phoenix.commands.round_trip import RoundTrip
from phoenix.errors import PhoenixError
from phoenix.model import Stack, StackEnvironment
from phoenix.model.compose.variables import names

ENVIRONMENTS, VARIABLES = "environments", "variables"
PARTS = tuple(key for key in StackEnvironment.model_fields if key != VARIABLES)
Change = Callable[[RoundTrip, str, str], None]
"""Changes the manifest: from the first environment to the second."""


def of_images(stack: Stack) -> tuple[str, ...]:
    """Names of the variables that the images of the stack's services depend on; raises PhoenixError for none."""
    images = [str(service.get("image", "")) for service in stack.compose["services"].values()]
    found = tuple(dict.fromkeys(name for image in images for name in names(image)))
    if not found:
        raise PhoenixError(
            f"stack {stack.name}: every environment has the same image: {', '.join(images)}\n"
            "  next: let a variable name its tag in compose.yaml, or promote variables with --variable"
        )
    return found


def known(stack: Stack, asked: Collection[str], source: str) -> None:
    """Raises PhoenixError for variables that the environment does not have."""
    there = [each.name for each in stack.environments[source].variables]
    if unknown := [name for name in asked if name not in there]:
        raise PhoenixError(
            f"stack {stack.name}: no variable {', '.join(unknown)} in {source}; there are {', '.join(there) or 'none'}"
        )


def keepable(stack: Stack, kept: Collection[str], source: str, target: str) -> None:
    """Raises PhoenixError for what is neither a variable nor a part of either environment."""
    both = [stack.environments[each] for each in (source, target)]
    there = dict.fromkeys((*(variable.name for each in both for variable in each.variables), *PARTS))
    if unknown := [name for name in kept if name not in there]:
        raise PhoenixError(f"stack {stack.name}: cannot keep {', '.join(unknown)}; there are {', '.join(there)}")


def variables(chosen: Collection[str]) -> Change:
    """These variables alone; one that the first environment lacks is taken out of the second."""

    def change(file: RoundTrip, source: str, target: str) -> None:
        given, changed = _environment(file, source), _environment(file, target)
        ours = {each["name"]: each for each in given.get(VARIABLES, ())}
        for name in chosen:
            _variable(changed, ours.get(name), name, [*ours])
        if changed.get(VARIABLES) == [] and VARIABLES not in given:
            del changed[VARIABLES]

    return change


def everything(kept: Collection[str]) -> Change:
    """The whole environment, but for the variables and parts that are kept as they are."""

    def change(file: RoundTrip, source: str, target: str) -> None:
        given, changed = _environment(file, source), _environment(file, target)
        names = {each["name"] for each in (*given.get(VARIABLES, ()), *changed.get(VARIABLES, ()))} - {*kept}
        variables(sorted(names))(file, source, target)
        for key in (each for each in PARTS if each not in kept):
            if key in given and changed.get(key) != given[key]:
                changed[key] = deepcopy(given[key])
            elif key not in given and key in changed:
                del changed[key]

    return change


def promoted(text: str, change: Change, source: str, target: str) -> str:
    """The manifest's text after the change.

    Raises PhoenixError where the second environment shares by an anchor what would be changed.
    """
    file = RoundTrip(text)
    environments = file.document[ENVIRONMENTS]
    if environments[source] is environments[target]:
        return text
    changed = environments[target]
    inner = changed.get(VARIABLES, [])
    if any(file.is_shared(each) for each in (changed, inner, *inner)):
        raise PhoenixError(
            f"environment {target} shares what would be changed with another one, by an anchor\n"
            f"  next: write out what {target} has, without the anchor"
        )
    change(file, source, target)
    return file.text


def _environment(file: RoundTrip, name: str) -> Any:
    return file.document[ENVIRONMENTS][name]


def _variable(changed: Any, given: Mapping[str, Any] | None, name: str, order: list[str]) -> None:
    found = changed.setdefault(VARIABLES, [])
    index = next((index for index, each in enumerate(found) if each["name"] == name), None)
    if given is None:
        if index is not None:
            del found[index]
    elif index is None:
        # in front of the last one at the latest, behind which comments of what follows stand
        found.insert(min(order.index(name), max(len(found) - 1, 0)), deepcopy(given))
    elif dict(found[index]) != dict(given):
        entry = found[index]
        for key in [key for key in entry if key not in given]:
            del entry[key]
        for key, value in given.items():
            entry[key] = value
