"""The program without an engine: which resources it registers, each with what it waits for."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import asyncssh
import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks

from components.choices import choices
from components.cluster import ProxmoxCluster
from components.stages import place
from phoenix.model import Cluster
from phoenix.plan import secrets
from phoenix.plan.cluster import ClusterPlan, plan
from phoenix.plan.features import artifact_names
from phoenix.settings import Settings
from phoenix.specs.artifact import Artifact

SECRETS = {
    "proxmox_token": "root@pam!phoenix=token-1f2e3d",
    "portainer_admin_password": "password-4c5b6a",
    "agent_secret": "agent-secret-778899",
}
"""Every secret variable of a stack begins like that."""
_MASK = "4dabf18193072939515e22adb298388d"
"""The key by which the engine knows a secret value."""


@dataclass(frozen=True)
class Registered:
    """One resource as the engine would see it; other resources are URNs."""

    urn: str
    kind: str
    """`Lxc`, `Certificate`, `ProxmoxCluster`: the type's last word."""
    name: str
    custom: bool
    parent: str
    inputs: Mapping[str, Any] = field(repr=False)
    waits_for: frozenset[str] = field(repr=False)
    flows_from: Mapping[str, frozenset[str]] = field(repr=False)
    """Input -> resources whose outputs it is made of."""
    deleted_with: str
    protect: bool

    def static(self) -> dict[str, Any]:
        """The inputs that come from no other resource, secrets too in plain text."""
        given = {key: value for key, value in self.inputs.items() if key not in self.flows_from and value is not None}
        given.pop("__provider")
        return {
            key: value["value"] if isinstance(value, dict) and _MASK in value else value for key, value in given.items()
        }

    def texts(self) -> Iterator[str]:
        """Every text in its inputs that is not marked as a secret."""
        todo: list[Any] = [self.inputs]
        while todo:
            value = todo.pop()
            if isinstance(value, Mapping):
                todo += [] if _MASK in value else value.values()
            elif isinstance(value, list):
                todo += value
            elif isinstance(value, str):
                yield value


class Program:
    """What one run planned, everything that it registered, and how to find one's way in it."""

    def __init__(self, plan: ClusterPlan, registered: list[Registered]) -> None:
        self.plan = plan
        self.by_urn = {each.urn: each for each in registered}
        self.all = registered

    @cached_property
    def resources(self) -> list[Registered]:
        """What has a provider: everything but components."""
        return [each for each in self.all if each.custom]

    def named(self, name: str) -> Registered:
        """The one resource or component with this name."""
        (found,) = [each for each in self.all if each.name == name]
        return found

    def kinds(self, *kinds: str) -> list[Registered]:
        """Every resource of these kinds."""
        return [each for each in self.resources if each.kind in kinds]

    def inside(self, component: Registered) -> list[Registered]:
        """The component's resources, those of its components among them."""
        return [each for each in self.resources if component.urn in self.parents(each)]

    def parents(self, resource: Registered) -> list[str]:
        """URNs from the nearest component outwards."""
        found = []
        while resource.parent in self.by_urn:
            resource = self.by_urn[resource.parent]
            found.append(resource.urn)
        return found

    def behind(self, resource: Registered) -> frozenset[str]:
        """Everything that the resource waits for, directly or not."""
        seen: set[str] = set()
        todo = [resource.urn]
        while todo:
            for urn in self.by_urn[todo.pop()].waits_for - seen:
                seen.add(urn)
                todo.append(urn)
        return frozenset(seen)


class _Recording(MockMonitor):
    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.registered: list[Registered] = []

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            self.registered.append(
                Registered(
                    urn=response.urn,
                    kind=request.type.rpartition(":")[2],
                    name=request.name,
                    custom=request.custom,
                    parent=request.parent,
                    inputs=MessageToDict(request.object),
                    waits_for=frozenset(request.dependencies),
                    flows_from={
                        key: frozenset(each.urns) for key, each in request.propertyDependencies.items() if each.urns
                    },
                    deleted_with=request.deletedWith,
                    protect=request.protect,
                )
            )
        return response


class _Outputs(Mocks):
    """Every output is the resource's name and its own; what is given stays."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        words = (
            *("fingerprint", "root_fingerprint", "anchors", "issuing", "not_after", "versioned_name", "condition"),
            *("status", "changed_at"),
        )
        return f"{args.name}-id", {**{word: f"{args.name}.{word}" for word in words}, **args.inputs}

    def call(self, args: Any) -> tuple[dict[str, Any], None]:
        raise AssertionError(f"the program calls {args.token}")


def settings(folder: Path, **given: Any) -> Settings:
    """Settings with files below `folder`."""
    for name in ("ca", "known_hosts"):
        (folder / name).write_text("")
    if not (folder / "key").exists():
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(folder / "key"))
    files = {"proxmox_ca": folder / "ca", "ssh_key": folder / "key", "known_hosts": folder / "known_hosts"}
    return Settings.model_validate({"environment": "testing", **files, **SECRETS, **given})


def run(cluster: Cluster, given: Settings) -> Program:
    """What the program registers for this cluster."""
    artifacts = {
        name: Artifact(version="1", url=f"https://mirror.example/{name}", sha256="0" * 64)
        for name in artifact_names(cluster)
    }
    asyncio.set_event_loop(asyncio.new_event_loop())
    monitor = _Recording(_Outputs())
    pulumi.runtime.set_mocks(_Outputs(), project="phoenix", stack="test", monitor=monitor)

    planned = plan(cluster, choices(given, artifacts, secrets.settings(cluster)))
    build: Any = pulumi.runtime.test(lambda: place(ProxmoxCluster(planned), planned, given).ca_fingerprint)  # type: ignore[no-untyped-call]
    build()
    return Program(planned, monitor.registered)
