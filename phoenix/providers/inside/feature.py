"""Features of guests: what a guest is made able to do, checked by one command and applied part by part.

A guest that is stopped by design (a template) is not started to be looked at: its content was frozen with its
snapshot and nobody works in it, so its recorded state stands for the live one. Only a change starts it.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import pulumi

from phoenix.clients import files
from phoenix.clients.shell import Shell, open_shell
from phoenix.console import progress
from phoenix.errors import OperationError, UnobservableError
from phoenix.features.assembly import describe
from phoenix.features.feature import AnyFeature
from phoenix.features.given import Given
from phoenix.features.part import Part
from phoenix.features.registry import FEATURES
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.providers.inside.power import is_running, kept_running
from phoenix.settings import Settings
from phoenix.specs.inside import FeatureSpec
from phoenix.specs.target import LxcTarget, NodeTarget

CHECK_SECONDS = 90.0
QUOTED_LINES = 15


@dataclass(frozen=True)
class ApplyParts:
    """Makes the named parts as they should be, and looks again at those that depend on them."""

    labels: tuple[str, ...]

    def __str__(self) -> str:
        return f"apply {', '.join(self.labels)}"


class FeatureReconciler(Reconciler[FeatureSpec, ApplyParts]):
    """Checks a feature's parts in the guest and applies the ones that are not met."""

    spec = FeatureSpec
    replace_on = frozenset({"target", "feature"})

    def identity(self, desired: FeatureSpec) -> str:
        return f"{desired.target}/{desired.feature}".replace(" ", "/")

    def observe(self, settings: Settings, desired: FeatureSpec) -> Observation[FeatureSpec] | None:
        target = desired.target
        if not desired.running and not isinstance(target, NodeTarget) and not is_running(settings, target):
            return Observation(desired, {"facts": {}})
        shell = open_shell(settings, target)
        parts = _parts(settings, desired)
        done = shell.run(["sh", "-uc", _check_script(parts)], timeout=CHECK_SECONDS, check=False)
        if done.exit_code != 0:
            if "does not exist" in done.complaint:
                return None
            raise UnobservableError(resource=str(desired), host=target.node, cause=done.complaint)
        return _parsed(desired, done.text)

    def plan(self, live: FeatureSpec | None, desired: FeatureSpec) -> Sequence[ApplyParts]:  # noqa: ARG002
        # no live state means no guest: applying then says so in the guest's own words
        unmet = ("everything",) if live is None else live.unmet
        return [ApplyParts(unmet)] if unmet else []

    def perform(self, settings: Settings, desired: FeatureSpec, action: ApplyParts) -> None:
        shell = open_shell(settings, desired.target)
        for part in _parts(settings, desired):
            if part.label in action.labels or part.reacts:
                _apply(shell, desired, part)

    def prepared(self, settings: Settings, desired: FeatureSpec) -> AbstractContextManager[None]:
        if desired.running or not isinstance(desired.target, LxcTarget):
            return nullcontext()
        return kept_running(settings, desired.target)

    def retire(self, settings: Settings, recorded: FeatureSpec, desired: FeatureSpec) -> None:
        kept = {part.label for part in _parts(settings, desired)}
        _undo(settings, desired, [part for part in _parts(settings, recorded) if part.label not in kept])

    def remove(self, settings: Settings, spec: FeatureSpec) -> None:
        target = spec.target
        if not isinstance(target, NodeTarget) and not is_running(settings, target):
            # a stopped guest serves nothing; whoever starts it again will not find the feature in the program
            return
        try:
            parts = _parts(settings, spec)
        except UnobservableError:
            # without the node's file it cannot be told what was made of it
            return
        _undo(settings, spec, parts)


def _parts(settings: Settings, spec: FeatureSpec) -> tuple[Part, ...]:
    feature = _feature(spec)
    node = open_shell(settings, NodeTarget(node=spec.target.node))
    options = feature.options.model_validate(spec.options)
    contents: dict[str, bytes] = {}
    for key, path in feature.node_files(options).items():
        content = files.read(node, path)
        if not content:
            cause = f"{path}, which it is made from, is not there yet"
            raise UnobservableError(resource=str(spec), host=spec.target.node, cause=cause)
        contents[key] = content
    return describe(feature, spec.options, Given(spec.target.kind, spec.artifacts, contents))


def _feature(spec: FeatureSpec) -> AnyFeature:
    problem = ""
    if spec.feature not in FEATURES:
        problem = f"there is no such feature; there are {', '.join(sorted(FEATURES))}"
    else:
        missing = [name for name in FEATURES[spec.feature].artifacts if name not in spec.artifacts]
        problem = f"it is given no artifact {', '.join(missing)}" if missing else ""
    if problem:
        raise spec.failure("read its description", problem, "correct the guest's configuration")
    return FEATURES[spec.feature]


def _check_script(parts: Sequence[Part]) -> str:
    lines: list[str] = []
    for number, part in enumerate(parts):
        lines.append(f"( {part.check()} ) 2>/dev/null || echo unmet {number}")
    labels = "".join(f"{number} {part.label}\n" for number, part in enumerate(parts))
    return "\n".join([*lines, "cat <<'LABELS'", f"labels\n{labels}LABELS", "exit 0"])


def _parsed(desired: FeatureSpec, answer: str) -> Observation[FeatureSpec]:
    """The live state from the check script's lines; the labels come last, as `NUMBER LABEL`."""
    answers, _, labels = answer.partition("labels\n")
    names = dict(line.split(" ", 1) for line in labels.splitlines())
    unmet: list[str] = []
    facts: dict[str, str] = {}
    artifacts = dict(desired.artifacts)
    for line in answers.splitlines():
        match line.split():
            case ["unmet", number]:
                unmet.append(names[number])
            case ["fact", key, value]:
                facts[key] = value
            case ["artifact", name, version, sha256]:
                wanted = desired.artifacts[name]
                if (version, sha256) != (wanted.version, wanted.sha256):
                    artifacts[name] = wanted.model_copy(update={"version": version, "sha256": sha256})
    live = desired.model_copy(update={"unmet": tuple(unmet), "artifacts": artifacts})
    return Observation(live, {"facts": facts})


def _apply(shell: Shell, spec: FeatureSpec, part: Part) -> None:
    with progress(f"{spec}: {part.label}"):
        try:
            part.apply(shell)
        except OperationError as error:
            cause = "\n".join(error.cause.strip().splitlines()[-QUOTED_LINES:])
            raise spec.failure(f"apply {part.label}", cause, error.next_step) from None


def _undo(settings: Settings, spec: FeatureSpec, parts: Sequence[Part]) -> None:
    undone = [undo for part in reversed(parts) if (undo := part.undo())]
    if undone:
        open_shell(settings, spec.target).script("\n".join(undone), timeout=120.0)


class Feature(Resource[FeatureSpec], reconciler=FeatureReconciler()):
    """A feature of a guest; `facts` are what its parts tell about themselves (the CA's `fingerprint`)."""

    facts: pulumi.Output[dict[str, str]]
