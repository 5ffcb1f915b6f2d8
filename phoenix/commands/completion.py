"""`phoenix completion`: click's own completion, printed for a shell to read.

https://click.palletsprojects.com/en/stable/shell-completion/
"""

import click
from click.shell_completion import get_completion_class

from phoenix.commands import exit_codes

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_PHOENIX_COMPLETE"
"""What click makes of the program's name, and looks for when it runs."""


@click.command(
    epilog="""\b
Examples:
  bash:  phoenix completion bash > /etc/bash_completion.d/phoenix
  zsh:   phoenix completion zsh > "${fpath[1]}/_phoenix"
  fish:  phoenix completion fish > ~/.config/fish/completions/phoenix.fish""",
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print what makes a shell complete this command.

    Zsh and fish look for `phoenix` in PATH: link it there, ln -s /opt/phoenix/bin/phoenix /usr/local/bin/.
    """
    kind = get_completion_class(shell)
    assert kind is not None
    root = context.find_root()
    print(kind(root.command, {}, "phoenix", VARIABLE).source())
    return exit_codes.DONE
