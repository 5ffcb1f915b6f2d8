"""`phoenix config`."""

import json

import click

from phoenix.commands import exit_codes
from phoenix.commands.checkout import CONFIG, STACKS, enter
from phoenix.commands.environment_option import EnvironmentName


@click.command(
    epilog="""\b
Examples:
  phoenix config --environment testing
  phoenix config --environment testing --diff production
  phoenix config --environment testing --json | jq .configuration.node.domain""",
)
@click.option("--environment", type=EnvironmentName(), required=True, metavar="NAME", help="Such as production.")
@click.option("--diff", "other", type=EnvironmentName(), metavar="NAME", help="Compare with this environment.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of YAML or text.")
def command(environment: str, other: str | None, as_json: bool) -> int:
    """Show an environment's configuration, with origins.

    It is what config/, config/environments/NAME/ and stacks/ give together, after all checks; each value has the file
    and line where it stands. With --diff: where two environments differ, value by value, and the exit code 1 if they
    do.
    """
    from phoenix.commands import difference, effective, effective_text
    from phoenix.model import load

    enter()
    here = effective.effective(load(CONFIG, STACKS, environment))
    if other is None:
        said = {
            "configuration": effective.data(here),
            "origins": {path: str(value.place) for path, value in effective.paths(here)},
        }
        print(json.dumps(said, indent=2, default=str) if as_json else "\n".join(effective_text.lines(here)))
        return exit_codes.DONE
    there = effective.effective(load(CONFIG, STACKS, other))
    found = tuple(difference.differences(here, there))
    if as_json:
        print(json.dumps(difference.as_json(found, environment, other), indent=2, default=str))
    else:
        print("".join(f"{line}\n" for line in difference.lines(found, environment, other)), end="")
    return exit_codes.NOT_SO if found else exit_codes.DONE
