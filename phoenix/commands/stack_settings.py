"""The settings of a Pulumi stack, as the CLI has them."""

from subprocess import CalledProcessError, TimeoutExpired

from phoenix.commands import pulumi_cli
from phoenix.errors import PhoenixError
from phoenix.settings import Settings


def of_stack(stack: str) -> Settings:
    """Raises PhoenixError where the stack cannot be opened, or a setting is missing or wrong."""
    try:
        values = pulumi_cli.ask_json(["config", "--json", "--show-secrets", "--stack", stack])
    except (CalledProcessError, TimeoutExpired) as error:
        said = error.stderr.decode() if isinstance(error.stderr, bytes) else error.stderr
        raise PhoenixError(f"stack {stack}: {(said or str(error)).strip()}") from None
    return Settings.load(lambda key: values.get(f"phoenix:{key}", {}).get("value"))
