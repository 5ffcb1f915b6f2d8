"""Reading a running cluster, and writing its configuration."""

from pathlib import Path

from phoenix.commands import stack_settings
from phoenix.commands.checkout import CHECKOUT, CONFIG
from phoenix.importing.live.run import import_live
from phoenix.reading.cluster import read
from phoenix.settings import Settings


def live_import(
    at: str,
    api_port: int,
    stack: str | None,
    target: Path,
    environment: str,
    *,
    force: bool,
    as_json: bool,
    report: Path | None,
) -> tuple[str, bool]:
    """The report, and whether nothing was missing; raises PhoenixError.

    With a stack the environment is that of the stack.
    """
    of_environment = {"environment": environment}.get
    settings = Settings.load(of_environment) if stack is None else stack_settings.of_stack(stack)
    answers = read(settings, at, api_port, CHECKOUT / CONFIG / "artifacts.yaml")
    return import_live(answers, target, settings.environment, force=force, as_json=as_json, report=report)
