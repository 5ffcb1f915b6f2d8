"""A kind of resource whose live state is one JSON file: the smallest thing that the adapter can drive."""

import json
from collections.abc import Sequence
from pathlib import Path

import pulumi

from phoenix.errors import UnobservableError
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.spec import Spec


class RecordSpec(Spec):
    path: str
    size: int = 1
    labels: dict[str, str] = {}
    note: str | None = None
    password: str = "unset"
    renew: str = "no"

    def __str__(self) -> str:
        return "record"

    @property
    def host(self) -> str:
        return "here"


class RecordReconciler(Reconciler[RecordSpec, str]):
    spec = RecordSpec
    replace_on = frozenset({"path"})
    refuse_on = {"note": "write a new note by hand"}
    secret = frozenset({"password", "token"})

    def identity(self, desired: RecordSpec) -> str:
        return f"record/{desired.path}"

    def observe(self, settings: Settings, desired: RecordSpec) -> Observation[RecordSpec] | None:
        path = Path(desired.path)
        if path.with_suffix(".unreachable").exists():
            raise UnobservableError(resource=desired.path, host="here", cause="it is away")
        if not path.exists():
            return None
        live = RecordSpec.model_validate_json(path.read_text())
        secret = settings.agent_secret.get_secret_value()
        return Observation(live, {"fingerprint": f"size-{live.size}", "token": f"token-{secret}"})

    def plan(self, live: RecordSpec | None, desired: RecordSpec) -> Sequence[str]:
        return [] if live == desired else ["write"]

    def perform(self, settings: Settings, desired: RecordSpec, action: str) -> None:
        if desired.size < 0:
            secret = settings.agent_secret.get_secret_value()
            raise desired.failure(action, f"bad size ({secret})", "use 1")
        Path(desired.path).write_text(json.dumps(desired.model_dump()))

    def beside(self, settings: Settings, desired: RecordSpec) -> Sequence[str]:  # noqa: ARG002
        others = Path(desired.path).with_suffix(".others")
        said = others.read_text().split() if others.exists() else []
        if "clash" in said:
            raise desired.failure("be beside others", "they clash", "take one away")
        return said

    def remove(self, _settings: Settings, spec: RecordSpec) -> None:
        Path(spec.path).unlink(missing_ok=True)


class Record(Resource[RecordSpec], reconciler=RecordReconciler()):
    """A record, with an output that is none of its fields, and one that is secret."""

    fingerprint: pulumi.Output[str]
    token: pulumi.Output[str]
