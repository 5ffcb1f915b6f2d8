"""Portainer: its server, its administrator, its environments."""

from typing import Annotated

from pydantic import Field

from phoenix.specs.spec import Spec, Value
from phoenix.specs.target import VmTarget
from phoenix.vocabulary.network import NodeAddress

ANSWERING = "answering"
ACCEPTED = "accepted"
UP = "up"


class PortainerServer(Value):
    """Where the API is, and the node's file whose root certificate verifies it."""

    url: Annotated[str, Field(pattern=r"^https://[^/]+$")]
    node: NodeAddress
    root_path: str
    user: str = "admin"

    def __str__(self) -> str:
        return self.url


class OldestApi(Value):
    """The oldest API that an engine answers: `api` of the engine of that `version` at `host`."""

    api: str
    version: str
    host: str

    def __str__(self) -> str:
        return f"the engine {self.version} of {self.host}, which answers no API before {self.api}"


class PortainerAdminSpec(Spec):
    """The password is a setting, not an input."""

    server: PortainerServer
    version: str = ""
    """As the image's tag tells, empty where it tells none; in a live state the server's own."""
    engines: tuple[VmTarget, ...] = ()
    """The members of the Swarm, each behind an agent."""
    api: str = ANSWERING
    """A live state, as those below."""
    password: str = ACCEPTED
    oldest_api: OldestApi | None = None
    """Of the engine that shuts out old clients."""

    def __str__(self) -> str:
        return f"Portainer administrator {self.server.user}"

    @property
    def host(self) -> str:
        return self.server.url


class PortainerEndpointSpec(Spec):
    """`endpoint_url` is the agent's, as the server reaches it. Its certificate is self-signed; AGENT_SECRET counts."""

    server: PortainerServer
    name: str
    endpoint_url: Annotated[str, Field(pattern=r"^tcp://[^/]+:\d+$")]
    group: int = 1
    tls: bool = True
    tls_skip_verify: bool = True
    agents: tuple[VmTarget, ...] = ()
    """The guests whose agents are started again, one after the other, until the environment is up."""
    status: str = UP
    """A live state: whether the engine behind the agent answers."""

    def __str__(self) -> str:
        return f"Portainer environment {self.name}"

    @property
    def host(self) -> str:
        return self.server.url
