"""A stack that Portainer deploys in the background, as it does from 2.41 on: its answer comes before the deployment.

Known by the release notes of 2.41 (https://docs.portainer.io/release-notes) and the source alone
(portainer/portainer, api/http/handler/stacks/stack_update.go): `Status` is 3 meanwhile, which refuses any further
change, and 4 where it failed; the last of `DeploymentStatus` then has the reason.
"""

from collections.abc import Callable, Mapping
from typing import Any

from phoenix.providers.core.waiting import wait_until
from phoenix.specs.stacks import StackSpec

DEPLOYING, FAILED = 3, 4

Stack = Mapping[str, Any]


def is_deploying(stack: Stack | None) -> bool:
    """Whether the deployment goes on; older servers know no such state."""
    return stack is not None and stack.get("Status") == DEPLOYING


def await_end(ask: Callable[[], Stack | None], spec: StackSpec) -> str:
    """Waits until the deployment of what `ask` gives has ended; why that was not well, "" where it was."""
    seen: list[Stack | None] = []

    def obstacle() -> str:
        seen.append(ask())
        return "Portainer still deploys it" if is_deploying(seen[-1]) else ""

    left = wait_until(obstacle, subject=spec, limit=spec.limit)
    return f"{left} after {spec.limit} s" if left else _failure(seen[-1])


def _failure(stack: Stack | None) -> str:
    if stack is None or stack.get("Status") != FAILED:
        return ""
    steps = _given(stack, "DeploymentStatus") or ()
    said = str(_given(steps[-1], "Message") or "") if steps else ""
    return said.strip() or "Portainer could not deploy it, and gives no reason"


def _given(found: Mapping[str, Any], name: str) -> Any:
    # its JSON spells names in more than one way
    return next((value for key, value in found.items() if key.lower() == name.lower()), None)
