"""When a stack counts as deployed, whoever deploys it: everything runs, and is still what was deployed."""

from phoenix.providers.core.refusal import Refuse
from phoenix.providers.stacks import services
from phoenix.providers.stacks.last_words import last_words
from phoenix.providers.stacks.services import DockerApi
from phoenix.providers.stacks.variables import known
from phoenix.redaction import redact
from phoenix.settings import Settings
from phoenix.specs.stacks import StackSpec


def condition(api: DockerApi, settings: Settings, spec: StackSpec) -> str:
    """What is wrong with the stack's services; `running` when nothing is."""
    return redact(services.observe(api, spec.name, _names(spec), _source(settings, spec)))


def settle(api: DockerApi, settings: Settings, spec: StackSpec, operation: str) -> None:
    """Waits until all of it runs, then labels it as deployed; raises OperationError with what does not run."""
    left = services.await_running(api, spec.name, _names(spec), limit=spec.limit)
    if left:
        advice = f"see `docker stack ps --no-trunc {spec.name}` and `docker service logs` on the manager"
        said = last_words(api, spec.name)
        cause = f"its services do not run: {left}" + (f"; the last that failed said: {said}" if said else "")
        raise Refuse(redact(cause), advice).error(spec, operation)
    services.seal(api, spec.name, _source(settings, spec), spec.deployer)


def _names(spec: StackSpec) -> dict[str, str]:
    return services.expected_services(spec.name, spec.compose)


def _source(settings: Settings, spec: StackSpec) -> str:
    # stands for what it is deployed from, secret values included
    return services.source_digest(spec.compose, known(settings, spec.env))
