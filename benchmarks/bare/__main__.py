"""Registers as many empty dynamic resources and components as its configuration says."""

import pulumi
from empty import Empty  # type: ignore[import-not-found]

config = pulumi.Config()
for number in range(config.require_int("dynamic")):
    Empty(f"empty-{number}")
for number in range(config.require_int("components")):
    pulumi.ComponentResource("bare:index:Component", f"component-{number}")
