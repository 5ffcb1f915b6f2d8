"""The settings of a Pulumi stack, as its program has them."""

from subprocess import CalledProcessError, TimeoutExpired

from phoenix.commands import pulumi_cli
from phoenix.errors import PhoenixError
from phoenix.settings import Settings


def of_stack(stack: str) -> Settings:
    """Loaded, their secrets registered to be masked; raises PhoenixError where the stack or a setting is unusable."""
    try:
        values = pulumi_cli.ask_json(["config", "--json", "--show-secrets", "--stack", stack])
    except (CalledProcessError, TimeoutExpired) as error:
        said = error.stderr.decode() if isinstance(error.stderr, bytes) else error.stderr
        raise PhoenixError(f"stack {stack}: {(said or str(error)).strip()}") from None
    return Settings.load(lambda key: values.get(f"phoenix:{key}", {}).get("value"))
