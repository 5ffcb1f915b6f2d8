"""What a stack is to whoever deploys it: its file, its variables, and when it counts as deployed."""

from typing import Annotated, ClassVar

from pydantic import Field

from phoenix.specs.portainer import PortainerServer
from phoenix.specs.spec import Spec, Value
from phoenix.specs.target import VmTarget
from phoenix.vocabulary.names import DeployedName

RUNNING = "running"

JOB_LABEL = "phoenix.job"
"""Label of a job's service: the digest of what the compose file says of it. It is deployed with the file, for any later
change of the service would run the job again."""


class FromSetting(Value):
    """Stands for the value of a setting (`agentSecret`), which the provider reads itself.

    A secret variable goes by its setting's name and never through the engine: its debug log (`-v=9`) shows every
    input in plain text, whatever is marked as a secret.
    """

    setting: str


Variables = dict[str, str | FromSetting]


class StackSpec(Spec):
    """`compose` is the file as deployed, `env` what its `${NAME}`s stand for, `limit` the seconds until all runs."""

    deployer: ClassVar[str]
    """Who deploys it, as a label of its services says."""
    name: DeployedName
    compose: str
    env: Variables = {}
    limit: Annotated[int, Field(gt=0)] = 180
    condition: str = RUNNING
    """What is wrong with its services; the default when nothing is."""

    def __str__(self) -> str:
        return f"stack {self.name}"


class SwarmStackSpec(StackSpec):
    """A stack of the Swarm that `manager` leads."""

    deployer = "swarm"
    manager: VmTarget

    @property
    def host(self) -> str:
        return self.manager.address


class PortainerStackSpec(StackSpec):
    """A stack of the environment `endpoint` of `server`."""

    deployer = "portainer"
    server: PortainerServer
    endpoint: str

    @property
    def host(self) -> str:
        return self.server.url
