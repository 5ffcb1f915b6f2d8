"""Every subcommand of `bin/phoenix`: where it is, and its line in the help."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Listed:
    """A subcommand. Its module has the click command as `command`, and loads nothing heavy before that runs."""

    module: str
    summary: str
    """The first line of its own help; here, so that the list of all loads none of them."""


COMMANDS = {
    "certs": Listed("phoenix.commands.certs", "Show every certificate as it is on the node now."),
    "completion": Listed("phoenix.commands.completion", "Print what makes a shell complete this command."),
    "config": Listed("phoenix.commands.config", "Show an environment's configuration, with origins."),
    "import": Listed("phoenix.commands.importing", "Make a configuration of old files or a running cluster."),
    "promote": Listed("phoenix.commands.promote", "Bring a stack's image or variables to another environment."),
    "up": Listed("phoenix.commands.up", "Converge a stack, and end with a summary."),
}
