"""The one place that knows Pulumi's dynamic providers: it drives a reconciler through create, read, diff, update.

What Pulumi does with such a provider: a plain `up` does not look at the live state, so Pulumi.yaml refreshes
always and `read` answers with live *inputs*; `olds` hold outputs; unknown values appear in previews; an error's
text reaches the terminal unmasked. https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
"""

import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

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
from pydantic import ValidationError

from phoenix.clients.ahead import using
from phoenix.console import tell_once
from phoenix.errors import PhoenixError, UnobservableError
from phoenix.providers.core import adoption
from phoenix.providers.core.place import elsewhere
from phoenix.providers.core.read_ahead import ReadAhead
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.redaction import redact
from phoenix.settings import Settings

PROVIDER = "__provider"
ANNOUNCED = "announced"
"""An input of the first resource that tells what else will come; it never reaches the state."""
CREATED, CHANGED = "created_at", "changed_at"
T = TypeVar("T")
_read_ahead = ReadAhead()
_under_way = threading.Event()
"""Set when this process has begun to change something: it serves a run, and no preview."""


class Provider(ResourceProvider):
    """A dynamic provider around `reconciler`; subclasses only hold it, and are pickled by reference."""

    # by-reference providers hold no secret; encrypting each would double the time of a create
    serialize_as_secret_always = False
    reconciler: ClassVar[Reconciler[Any, Any]]

    def configure(self, req: ConfigureRequest) -> None:
        # one line of cause instead of a Python traceback in front of the operator
        sys.tracebacklimit = 0
        self._settings = _bounded(lambda: Settings.load(req.config.get))

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        # outputs are declared as inputs without a value, the only way the SDK gives them attributes
        given = {key: value for key, value in _without_reserved(news).items() if value is not None}
        announced = given.pop(ANNOUNCED, None)
        given = {**given, **self.reconciler.drawn(olds)}
        if _has_unknown(given):
            return CheckResult(given, [])
        if olds and announced:
            # where nothing of it is recorded, nothing else is
            _read_ahead.begin(self._settings, announced)
        try:
            desired = self._spec(given)
        except ValidationError as error:
            failures = [
                CheckFailure(".".join(map(str, problem["loc"])), redact(problem["msg"]))
                for problem in error.errors(include_input=False, include_url=False)
            ]
            return CheckResult(given, failures)
        failures = [] if olds else self._refused(lambda: self._first_look(desired))
        failures = failures or self._refused(lambda: self._look_beside(desired))
        return CheckResult(desired.model_dump(mode="json", exclude_none=True), failures)

    def _refused(self, look: Callable[[], None]) -> list[CheckFailure]:
        try:
            _bounded(look)
        except UnobservableError:
            # the first preview goes on without it; `up` cannot
            return []
        except PhoenixError as error:
            return [CheckFailure("", str(error))]
        return []

    def _first_look(self, desired: Any) -> None:
        self.reconciler.admit(self._settings, desired)
        if _under_way.is_set():
            # what is there may be what this run has made; a create looks for itself
            return
        seen = self._observe(desired)
        if seen is not None:
            self.reconciler.plan(seen.live, desired)
            live = self.reconciler.managed(seen.live, desired)
            tell_once(f"{desired}: {adoption.words(self._shown(live), self._shown(desired))}")

    def _look_beside(self, desired: Any) -> None:
        for told in self.reconciler.beside(self._settings, desired):
            tell_once(f"warning: {desired}: {told}")

    def _shown(self, state: Any) -> dict[str, Any]:
        return dict(state.model_dump(mode="json", exclude_none=True, exclude=self.reconciler.secret))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return _bounded(lambda: self._diff(olds, news))

    def create(self, props: dict[str, Any]) -> CreateResult:
        desired = self._spec(_without_reserved(props))

        _under_way.set()

        def make() -> dict[str, Any]:
            with _read_ahead.changing(self._settings), self.reconciler.prepared(self._settings, desired):
                return {**self._converge(desired), CREATED: _now(), CHANGED: _now()}

        return CreateResult(self.reconciler.identity(desired), _bounded(make))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        recorded, desired = self._recorded(olds), self._spec(_without_reserved(news))

        _under_way.set()

        def change() -> dict[str, Any]:
            with _read_ahead.changing(self._settings), self.reconciler.prepared(self._settings, desired):
                self.reconciler.retire(self._settings, recorded, desired)
                return {**self._converge(desired), **_stamps(olds), CHANGED: _now()}

        return UpdateResult(_bounded(change))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        recorded, spec = _without_reserved(props), self._recorded(props)
        try:
            with using(_read_ahead.answers(self.reconciler, spec)):
                seen = _bounded(lambda: self.reconciler.observe(self._settings, spec))
        except UnobservableError as error:
            # unobservable is not absent: the recorded state stands, and the operator is told
            tell_once(f"warning: {error}; its recorded state is kept")
            return ReadResult(id_, recorded)
        if seen is None:
            return ReadResult("", {})
        inputs = seen.live.model_dump(mode="json", exclude_none=True)
        return ReadResult(id_, {**inputs, **seen.outputs, **_stamps(props)}, inputs)

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        with _read_ahead.changing(self._settings):
            _bounded(lambda: self.reconciler.remove(self._settings, self._recorded(props)))

    def _recorded(self, props: Mapping[str, Any]) -> Any:
        # fields that an older version recorded, and this one no longer knows, do not count
        fields = self.reconciler.spec.model_fields
        return self._spec({key: value for key, value in props.items() if key in fields})

    def _spec(self, values: Mapping[str, Any]) -> Any:
        return self.reconciler.spec.model_validate(_with_integers(values))

    def _diff(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> DiffResult:
        fields = self.reconciler.spec.model_fields
        changed = {key for key in fields if _differs(olds.get(key), news.get(key))}
        if changed and not _has_unknown(news):
            olds = self._managed(olds, news)
            changed = {key for key in changed if _differs(olds.get(key), news.get(key))}
        refused = sorted(changed & self.reconciler.refuse_on.keys())
        if refused:
            field = refused[0]
            change = f"change {field} from {olds.get(field)!r} to {news.get(field)!r}"
            raise self._recorded(olds).failure(change, "that would destroy data", self.reconciler.refuse_on[field])
        replaces = sorted(key for key in changed & self.reconciler.replace_on if elsewhere(olds, news, key))
        if changed and not replaces and not _has_unknown(news):
            # a refresh puts the recorded inputs, an older version's too, in the place of the new ones
            live, desired = self._recorded(olds), self._recorded(news)
            # a plan is pure, and raises for what it would refuse: the preview says so before `up` does
            self.reconciler.plan(live, desired)
            if remark := self.reconciler.remark(live, desired):
                tell_once(f"{self.reconciler.identity(desired)}: {remark}")
        first = not self.reconciler.replaced_last
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=first)

    def _managed(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Mapping[str, Any]:
        recorded = self._recorded(olds)
        managed = self.reconciler.managed(recorded, self._recorded(news))
        if managed == recorded:
            return olds
        left = managed.model_dump(mode="json", exclude_none=True)
        return {**olds, **{key: left.get(key) for key in recorded.model_fields_set}}

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
                raise desired.failure(
                    "converge",
                    f"still to do after everything was done: {', '.join(map(str, left))}",
                    "see whether something else changes it at the same time, then run again",
                )
        outputs = dict(seen.outputs) if seen else {}
        return {**desired.model_dump(mode="json", exclude_none=True), **outputs}

    def _observe(self, desired: Any) -> Observation[Any] | None:
        return self.reconciler.observe(self._settings, desired)


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


def _with_integers(value: Any) -> Any:
    # whatever was a number comes back from the engine as a float
    if isinstance(value, Mapping):
        return {key: _with_integers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_integers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _stamps(props: Mapping[str, Any]) -> dict[str, Any]:
    return {key: props[key] for key in (CREATED, CHANGED) if props.get(key)}


def _without_reserved(props: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in props.items() if key != PROVIDER}


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_has_unknown(item) for item in value)
    return value is rpc.UNKNOWN or value == rpc.UNKNOWN or type(value).__name__ == "Unknown"


def _differs(old: Any, new: Any) -> bool:
    return _has_unknown(new) or old != new
