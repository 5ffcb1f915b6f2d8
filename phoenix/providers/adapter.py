"""The one place that knows Pulumi's dynamic providers: it drives a reconciler through create, read, diff, update.

What Pulumi does with such a provider: a plain `up` does not look at the live state, so Pulumi.yaml refreshes
always and `read` answers with live *inputs*; `olds` hold outputs; unknown values appear in previews; an error's
text reaches the terminal unmasked. https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
"""

import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, TypeVar

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.runtime import rpc
from pydantic import TypeAdapter, ValidationError

from phoenix.errors import OperationError, PhoenixError, UnobservableError
from phoenix.providers.reconciler import Observation, Reconciler, Spec, SpecT
from phoenix.redaction import redact
from phoenix.settings import Settings

_RESERVED = "__provider"
CREATED, CHANGED = "created_at", "changed_at"
T = TypeVar("T")


class Provider(ResourceProvider, Generic[SpecT]):
    """A dynamic provider around `reconciler`; subclasses only name it, and are pickled by reference."""

    # by-reference providers hold no secret; encrypting each would double the time of a create
    serialize_as_secret_always = False
    reconciler: ClassVar[Reconciler[Any, Any]]

    def configure(self, req: ConfigureRequest) -> None:
        # one line of cause instead of a Python traceback in front of the operator
        sys.tracebacklimit = 0
        self._settings = _bounded(lambda: Settings.load(req.config.get))

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        # outputs are declared as inputs without a value, the only way the SDK gives them attributes
        given = {key: value for key, value in _without_reserved(news).items() if value is not None}
        if _has_unknown(given):
            return CheckResult(given, [])
        try:
            return CheckResult(self._spec(given).model_dump(mode="json", exclude_none=True), [])
        except ValidationError as error:
            failures = [
                CheckFailure(".".join(map(str, problem["loc"])), redact(problem["msg"]))
                for problem in error.errors(include_input=False, include_url=False)
            ]
            return CheckResult(given, failures)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return _bounded(lambda: self._diff(_id, olds, news))

    def create(self, props: dict[str, Any]) -> CreateResult:
        desired = self._spec(_without_reserved(props))

        def make() -> dict[str, Any]:
            with self.reconciler.prepared(self._settings, desired):
                return {**self._converge(desired), CREATED: _now(), CHANGED: _now()}

        return CreateResult(self.reconciler.identity(desired), _bounded(make))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        recorded, desired = self._recorded(olds), self._spec(_without_reserved(news))

        def change() -> dict[str, Any]:
            with self.reconciler.prepared(self._settings, desired):
                self.reconciler.retire(self._settings, recorded, desired)
                return {**self._converge(desired), **_stamps(olds), CHANGED: _now()}

        return UpdateResult(_bounded(change))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        recorded, spec = _without_reserved(props), self._recorded(props)
        try:
            seen = _bounded(lambda: self.reconciler.observe(self._settings, spec))
        except UnobservableError as error:
            # unobservable is not absent: the recorded state stands, and the operator is told
            _tell(f"warning: {error}; its recorded state is kept")
            return ReadResult(id_, recorded)
        if seen is None:
            return ReadResult("", {})
        inputs = seen.live.model_dump(mode="json", exclude_none=True)
        return ReadResult(id_, {**inputs, **seen.outputs, **_stamps(props)}, inputs)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        _bounded(lambda: self.reconciler.remove(self._settings, self._recorded(props)))

    def _recorded(self, props: Mapping[str, Any]) -> Any:
        # fields that an older version recorded, and this one no longer knows, do not count
        fields = self.reconciler.spec.model_fields
        return self._spec({key: value for key, value in props.items() if key in fields})

    def _spec(self, values: Mapping[str, Any]) -> Any:
        return self.reconciler.spec.model_validate(values)

    def _diff(self, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> DiffResult:
        fields = self.reconciler.spec.model_fields
        changed = {key for key in fields if (key in news or key in olds) and _differs(olds.get(key), news.get(key))}
        refused = sorted(changed & self.reconciler.refuse_on.keys())
        if refused:
            field = refused[0]
            raise OperationError(
                resource=f"{type(self).__name__} {id_}",
                operation=f"change {field} from {olds.get(field)!r} to {news.get(field)!r}",
                host="its node",
                cause="that would destroy data",
                next_step=self.reconciler.refuse_on[field],
            )
        replaces = sorted(changed & self.reconciler.replace_on)
        if changed and not replaces and not _has_unknown(news):
            # a refresh puts the recorded inputs, an older version's too, in the place of the new ones
            live, desired = self._recorded(olds), self._recorded(news)
            # a plan is pure, and raises for what it would refuse: the preview says so before `up` does
            self.reconciler.plan(live, desired)
            if remark := self.reconciler.remark(live, desired):
                _tell(f"{self.reconciler.identity(desired)}: {remark}")
        first = not self.reconciler.replaced_last
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=first)

    def _converge(self, desired: Any) -> dict[str, Any]:
        seen = self._observe(desired)
        actions = self.reconciler.plan(seen.live if seen else None, desired)
        shown = None
        for action in actions:
            shown = self.reconciler.perform(self._settings, desired, action)
        if actions:
            seen = shown or self._observe(desired)
            left = self.reconciler.plan(seen.live if seen else None, desired)
            if left:
                raise OperationError(
                    resource=f"{type(self).__name__} {self.reconciler.identity(desired)}",
                    operation="converge",
                    host="its target",
                    cause=f"still to do after everything was done: {', '.join(map(str, left))}",
                    next_step="see whether something else changes it at the same time, then run again",
                )
        outputs = dict(seen.outputs) if seen else {}
        return {**desired.model_dump(mode="json", exclude_none=True), **outputs}

    def _observe(self, desired: Any) -> Observation[Any] | None:
        return self.reconciler.observe(self._settings, desired)


class Resource(pulumi.dynamic.Resource, module="phoenix", name="Resource"):
    """Base of every resource of ours: marks its provider's secrets, so that none lands in the state in plaintext.

    Its outputs tell when this stack created (or adopted) it and when it last changed it, in ISO 8601, UTC: what an
    operator's hooks wait for. A state of an older version has neither until the next change.
    """

    created_at: pulumi.Output[str | None]
    changed_at: pulumi.Output[str | None]

    def __init__(
        self,
        provider: Provider[Any],
        name: str,
        props: Mapping[str, pulumi.Input[Any]],
        outputs: tuple[str, ...] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        marked = pulumi.ResourceOptions(additional_secret_outputs=sorted(provider.reconciler.secret))
        # a refresh compares these with what `read` returns: what the model would add must stand here already
        given = {**_defaults(provider.reconciler.spec), **_normalised(provider.reconciler.spec, props)}
        for key in provider.reconciler.secret & given.keys():
            given[key] = pulumi.Output.secret(given[key])
        super().__init__(
            provider,
            name,
            {**dict.fromkeys((*outputs, CREATED, CHANGED)), **given},
            pulumi.ResourceOptions.merge(opts, marked),
        )


_told: set[str] = set()
_told_lock = threading.Lock()


def _tell(text: str) -> None:
    # a stopped guest makes everything in it unobservable for the same reason: once is enough
    with _told_lock:
        if text in _told:
            return
        _told.add(text)
    print(redact(text), file=sys.stderr, flush=True)


def _bounded(operation: Callable[[], T]) -> T:
    """Runs `operation`; whatever it raises leaves redacted, and without a chain of causes."""
    try:
        return operation()
    except UnobservableError:
        raise
    except PhoenixError as error:
        raise PhoenixError(redact(str(error))) from None
    except ValidationError as error:
        raise PhoenixError(redact(str(error))) from None
    except Exception as error:
        raise PhoenixError(redact(f"{type(error).__name__}: {error}")) from None


def _defaults(spec: type[Spec]) -> dict[str, Any]:
    given = spec.model_construct().model_dump(mode="json", exclude_none=True, warnings=False)
    return {name: value for name, value in given.items() if not spec.model_fields[name].is_required()}


def _normalised(spec: type[Spec], props: Mapping[str, Any]) -> dict[str, Any]:
    if not _holds_output(props):
        try:
            return spec.model_validate(props).model_dump(mode="json", exclude_none=True)
        except ValidationError:
            # `check` refuses it, and says so better than an exception in the program
            return dict(props)
    return {key: _field(spec, key, value) for key, value in props.items()}


def _field(spec: type[Spec], key: str, value: Any) -> Any:
    field = spec.model_fields.get(key)
    if field is None or _holds_output(value):
        return value
    adapter: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())
    try:
        return adapter.dump_python(adapter.validate_python(value), mode="json", exclude_none=True)
    except ValidationError:
        return value


def _holds_output(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_output, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_output, value))
    return isinstance(value, pulumi.Output)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _stamps(props: Mapping[str, Any]) -> dict[str, Any]:
    return {key: props[key] for key in (CREATED, CHANGED) if props.get(key)}


def _without_reserved(props: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in props.items() if key != _RESERVED}


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_has_unknown(item) for item in value)
    return value is rpc.UNKNOWN or value == rpc.UNKNOWN or type(value).__name__ == "Unknown"


def _differs(old: Any, new: Any) -> bool:
    return _has_unknown(new) or old != new
