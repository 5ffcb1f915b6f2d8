"""The name of an environment, as subcommands take it."""

import re
from typing import Any

import click
from click.shell_completion import CompletionItem

from phoenix.commands.checkout import CHECKOUT, CONFIG


class EnvironmentName(click.ParamType[str]):
    """Completed from the folders of the configuration."""

    name = "environment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As given, where it can be the name of one."""
        from phoenix.vocabulary.names import ENVIRONMENT_NAME

        if not re.fullmatch(ENVIRONMENT_NAME, value):
            self.fail(f"{value!r} is not the name of an environment: small letters, digits and _", param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Those that have a folder."""
        found = sorted(path.name for path in (CHECKOUT / CONFIG / "environments").glob("*") if path.is_dir())
        return [CompletionItem(name) for name in found if name.startswith(incomplete)]
