"""`bin/phoenix` as a whole: finds the subcommand, runs it, and turns errors into a message and an exit code.

Subcommands are loaded when they are asked for: https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands
"""

from importlib import import_module

import click

from phoenix.commands import exit_codes
from phoenix.commands.table import COMMANDS
from phoenix.console import tell
from phoenix.errors import PhoenixError


class Phoenix(click.Group):
    """The group of every subcommand in the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The subcommand, loaded; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name].module).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])


@click.group(
    cls=Phoenix,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Exit codes:
  0  done, and all is in order
  1  done, and something is not: a certificate is due, environments differ; or a run failed
  2  nothing done: wrong arguments, an unusable configuration, a stack or node that cannot be had
`phoenix up` ends with the code of `pulumi up`.

\b
Examples:
  phoenix up --stack production
  phoenix certs --stack production --json
  phoenix completion bash""",
)
def phoenix() -> None:
    """Converges a Proxmox VE cluster, and tells how it is."""


def main(arguments: list[str] | None = None) -> int:
    """Run the subcommand; its exit code. An error is told on standard error, with secrets masked."""
    try:
        code = phoenix.main(arguments, prog_name="phoenix", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        tell("stopped")
        return exit_codes.NOT_SO
    except PhoenixError as error:
        tell(str(error))
        return exit_codes.UNUSABLE
    return code if isinstance(code, int) else exit_codes.DONE
