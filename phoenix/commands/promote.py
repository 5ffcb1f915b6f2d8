"""`phoenix promote`."""

import click
from click.shell_completion import CompletionItem

from phoenix.commands.checkout import CHECKOUT, STACKS, enter
from phoenix.commands.environment_option import EnvironmentName


def _stacks(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    names = sorted(path.parent.name for path in (CHECKOUT / STACKS).glob("*/stack.yaml"))
    return [CompletionItem(name) for name in names if name.startswith(begun)]


@click.command(
    epilog="""\b
Examples:
  phoenix promote thinkheads_ai_app testing production
  phoenix promote thinkheads_ai_app testing production --variable DATABASE_USER --write
  phoenix promote thinkheads_ai_app testing production --all --keep services --keep API_PORT --keep DATA_FOLDER""",
)
@click.argument("stack", shell_complete=_stacks)
@click.argument("source", type=EnvironmentName(), metavar="FROM")
@click.argument("target", type=EnvironmentName(), metavar="TO")
@click.option("--variable", "chosen", multiple=True, metavar="NAME", help="This variable, not those of the image.")
@click.option("--all", "whole", is_flag=True, help="The whole environment: variables, files, services and rules.")
@click.option("--keep", "kept", multiple=True, metavar="NAME", help="With --all: TO keeps this variable or part.")
@click.option("--write", is_flag=True, help="Write the file; without it nothing is changed.")
def command(
    stack: str, source: str, target: str, chosen: tuple[str, ...], whole: bool, kept: tuple[str, ...], write: bool
) -> int:
    """Bring a stack's image or variables to another environment.

    Shows how its stack.yaml changes: the environment TO gets what FROM has. By default that is the variables that the
    images of its compose file depend on. Comments and order stay. What would not load is refused.
    """
    if chosen and whole:
        raise click.UsageError("--variable and --all exclude each other")
    if kept and not whole:
        raise click.UsageError("--keep goes with --all")
    if source == target:
        raise click.UsageError(f"FROM and TO are both {source}")
    from phoenix.commands import promoting, promotion

    enter()
    found = promoting.known_stack(stack, source, target)
    if whole:
        promotion.keepable(found, kept, source, target)
        change = promotion.everything(kept)
    else:
        promotion.known(found, chosen, source)
        change = promotion.variables(chosen or promotion.of_images(found))
    return promoting.promote(stack, change, source, target, write=write)
