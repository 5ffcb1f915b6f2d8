"""Secrets and configs of a Swarm, which cannot be changed: each has versions of itself, named `<base>-<version>`.

None can be removed while a service refers to it, so that old versions go once nobody does.
https://docs.docker.com/engine/swarm/secrets/ and https://docs.docker.com/engine/swarm/configs/
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from docker.client import DockerClient
from docker.errors import NotFound, create_api_error_from_http_exception
from requests import HTTPError

BASE_LABEL = "phoenix.base"


@dataclass(frozen=True)
class StoredObject:
    """One existing version, and whether a service refers to it."""

    name: str
    created: int
    """The Swarm's index of its last change, which is nearly always its creation: later is greater."""
    used: bool
    labels: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    """Of a config; nobody can read a secret back."""


def stale(versions: Sequence[StoredObject], present: str, keep: int) -> tuple[str, ...]:
    """The names of old versions that may go: not `present`, used by nobody, beyond the `keep` others to be kept.

    Those in use are kept first, then the newest: when their services move, nothing more becomes stale.
    """
    others = (one for one in versions if one.name != present)
    old = sorted(others, key=lambda one: (one.used, one.created), reverse=True)
    return tuple(one.name for one in old[keep:] if not one.used)


class Store(Enum):
    """Where versions are kept; every method raises what the Docker SDK raises."""

    SECRETS = "secret"
    CONFIGS = "config"

    def versions(self, client: DockerClient, base: str, name: str = "") -> list[StoredObject]:
        """Those labelled as versions of `base`, and the one of that exact name whatever its labels."""
        used = {
            reference.get(f"{self.value.capitalize()}ID")
            for service in client.api.services()
            for reference in _references(service, f"{self.value.capitalize()}s")
        }
        return [
            _stored(raw, raw["ID"] in used)
            for raw in self._every(client)
            if raw["Spec"]["Name"] == name
            or (_labels(raw).get(BASE_LABEL) == base and raw["Spec"]["Name"].startswith(f"{base}-"))
        ]

    def has(self, client: DockerClient, name: str) -> bool:
        """Whether there is one of exactly that name."""
        return any(raw["Spec"]["Name"] == name for raw in self._every(client))

    def _every(self, client: DockerClient) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = client.api.secrets() if self is Store.SECRETS else client.api.configs()
        return found

    def create(self, client: DockerClient, name: str, content: bytes, labels: Mapping[str, str]) -> None:
        """Makes a new one."""
        make = client.api.create_secret if self is Store.SECRETS else client.api.create_config
        make(name, content, dict(labels))

    def adopt(self, client: DockerClient, name: str, base: str) -> None:
        """Labels an existing one as a version of `base`; labels are all that the engine lets one change."""
        inspect = client.api.inspect_secret if self is Store.SECRETS else client.api.inspect_config
        raw = inspect(name)
        spec: dict[str, Any] = {"Name": name, "Labels": {**_labels(raw), BASE_LABEL: base}}
        # the SDK has no call for it
        url = f"{client.api.base_url}/v{client.api.api_version}/{self.value}s/{raw['ID']}/update"
        response = client.api.post(
            url, params={"version": raw["Version"]["Index"]}, json=spec, timeout=client.api.timeout
        )
        try:
            response.raise_for_status()
        except HTTPError as error:
            raise create_api_error_from_http_exception(error) from None

    def drop(self, client: DockerClient, name: str) -> None:
        """Removes it; already gone is success, and one that is in use is refused by the engine."""
        remove = client.api.remove_secret if self is Store.SECRETS else client.api.remove_config
        try:
            remove(name)
        except NotFound:
            return


def _references(service: Mapping[str, Any], kind: str) -> Sequence[Mapping[str, Any]]:
    return service["Spec"]["TaskTemplate"].get("ContainerSpec", {}).get(kind) or ()


def _labels(raw: Mapping[str, Any]) -> Mapping[str, str]:
    return raw["Spec"].get("Labels") or {}


def _stored(raw: Mapping[str, Any], used: bool) -> StoredObject:
    content = base64.b64decode(raw["Spec"].get("Data") or "")
    return StoredObject(raw["Spec"]["Name"], raw["Version"]["Index"], used, _labels(raw), content)
