"""`--stack`, as each subcommand that opens a Pulumi stack has it."""

import click
from click.shell_completion import CompletionItem

from phoenix.commands.checkout import CHECKOUT


def known(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The stacks of the checkout."""
    names = sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in CHECKOUT.glob("Pulumi.*.yaml"))
    return [CompletionItem(name) for name in names if name.startswith(begun)]


stack_option = click.option(
    "--stack", required=True, metavar="NAME", shell_complete=known, help="The Pulumi stack, such as production."
)
