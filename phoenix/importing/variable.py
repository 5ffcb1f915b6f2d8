"""Secret variables of stacks, and the settings that hold them."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """A variable that is secret, of one environment or, where that is empty, of all."""

    name: str
    environment: str = ""


def setting_of(stack: str, variable: str) -> str:
    """`thinkheadsAiAppDatabasePass`: the setting of a stack's secret variable."""
    first, *more = [each for each in re.split(r"[^A-Za-z0-9]+", f"{stack}_{variable}".lower()) if each]
    name = first + "".join(each.capitalize() for each in more)
    return name if name[0].isalpha() else f"stack{name}"
