"""What a stack is to whoever deploys it: its file, its variables, and when it counts as deployed."""

from typing import Annotated

from pydantic import Field

from phoenix.providers import stack_services
from phoenix.providers.reconciler import Spec
from phoenix.providers.refusal import Refuse
from phoenix.providers.stack_services import DockerApi
from phoenix.providers.variables import Variables, known
from phoenix.redaction import redact
from phoenix.settings import Settings


class StackSpec(Spec):
    """`compose` is the file as deployed, `env` what its `${NAME}`s stand for, `limit` the seconds until all runs."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    """In Portainer's own spelling, which lowers letters silently."""
    compose: str
    env: Variables = {}
    limit: Annotated[int, Field(gt=0)] = 180
    condition: str = stack_services.RUNNING
    """What is wrong with its services; the default when nothing is."""

    @property
    def resource(self) -> str:
        """What errors call it."""
        return f"stack {self.name}"

    @property
    def services(self) -> frozenset[str]:
        """The names of its services in the Swarm."""
        return stack_services.service_names(self.name, self.compose)

    def source(self, settings: Settings) -> str:
        """Stands for what it is deployed from, secret values included."""
        return stack_services.source_digest(self.compose, known(settings, self.env))

    def observe(self, api: DockerApi, settings: Settings) -> str:
        """Its condition."""
        return redact(stack_services.observe(api, self.name, self.services, self.source(settings)))

    def settle(self, api: DockerApi, settings: Settings, *, operation: str, host: str) -> None:
        """Waits until all of it runs, then labels it as deployed; raises OperationError with what does not run."""
        left = stack_services.await_running(api, self.name, self.services, limit=self.limit)
        if left:
            advice = f"see `docker stack ps --no-trunc {self.name}` and `docker service logs` on the manager"
            cause = redact(f"its services do not run: {left}")
            raise Refuse(cause, advice).error(self.resource, operation, host)
        stack_services.seal(api, self.name, self.source(settings))
