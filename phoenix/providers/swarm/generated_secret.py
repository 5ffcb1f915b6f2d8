"""Docker secrets of values that are drawn on the node and kept there: a root's file, and in no state.

Of such a value a plain digest tells nothing, for it has at least 16 letters and digits drawn by chance.
"""

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pulumi

from phoenix.clients import files, swarm
from phoenix.clients.docker_engine import engine, observing, reaching
from phoenix.clients.shell import Shell, open_shell
from phoenix.clients.swarm_objects import BASE_LABEL, Store, stale
from phoenix.console import tell
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.resource import Resource
from phoenix.redaction import register
from phoenix.settings import Settings
from phoenix.specs.swarm import KEPT, LABELLED, GeneratedSecretSpec
from phoenix.specs.target import NodeTarget
from phoenix.vocabulary.names import VERSION_DIGITS

MISSING, EXPOSED, ASKED = "missing", "readable by others", "asked for anew"
_EVERY = "*"
_MODE, _OWNER = "0600", "root:root"
# the value goes from the kernel into the file, and through no argument
_DRAW = """
umask 077
mkdir -p "$(dirname "$1")"
new=$(mktemp "$1.XXXXXX")
trap 'rm -f "$new"' EXIT
LC_ALL=C tr -dc A-Za-z0-9 < /dev/urandom | head -c "$2" > "$new"
[ "$(stat -c %s "$new")" -eq "$2" ] || { echo "not all of the $2 signs were written" >&2; exit 74; }
sync "$new" 2>/dev/null || true
mv -fT "$new" "$1"
"""
_CLOSE = 'chown root:root "$1"; chmod 0600 "$1"'
_MOVE = """
[ -f "$1" ] && [ ! -e "$2" ] || exit 0
(umask 077; mkdir -p "$(dirname "$2")")
mv -T "$1" "$2"
"""
_SIZE = '[ ! -f "$1" ] || stat -L -c %s "$1"'
_drawn_lock = threading.Lock()
_drawn: set[str] = set()
"""What this run has drawn: asking means once a run, not for ever."""


@dataclass(frozen=True)
class Draw:
    """Makes a new value on the node."""

    def __str__(self) -> str:
        return "draw a value"


@dataclass(frozen=True)
class Close:
    """Makes the value's file root's alone."""

    def __str__(self) -> str:
        return "close its file"


@dataclass(frozen=True)
class Put:
    """Makes the node's value a version in the Swarm."""

    def __str__(self) -> str:
        return "put it into the Swarm"


@dataclass(frozen=True)
class Drop:
    """Removes an old version."""

    name: str

    def __str__(self) -> str:
        return f"remove {self.name}"


GeneratedAction = Draw | Close | Put | Drop


class GeneratedSecretReconciler(Reconciler[GeneratedSecretSpec, GeneratedAction]):
    spec = GeneratedSecretSpec
    replace_on = frozenset({"manager", "base"})

    def identity(self, desired: GeneratedSecretSpec) -> str:
        return f"docker-secret/{desired.manager.vmid}/{desired.base}"

    def observe(self, settings: Settings, desired: GeneratedSecretSpec) -> Observation[GeneratedSecretSpec] | None:
        node = _node(settings, desired)
        kept, size = files.stat(node, desired.path), node.script(_SIZE, desired.path).text.strip()
        present = f"{desired.base}-{kept.sha256[:VERSION_DIGITS]}" if kept else ""
        with observing(desired.manager, str(desired)):
            client = engine(settings, desired.manager)
            found = Store.SECRETS.versions(client, desired.base, present) if swarm.in_swarm(client) else []
        if kept is None and not found:
            return None
        closed = kept is not None and (kept.mode, kept.owner) == (_MODE, _OWNER)
        length = int(size) if size else desired.length
        due = kept is None or _asked(settings, desired) or length != desired.length
        changes: dict[str, Any] = {
            "length": length,
            "value": MISSING if kept is None else ASKED if _asked(settings, desired) else KEPT if closed else EXPOSED,
            "version": LABELLED if present in {one.name for one in found} else MISSING,
            # one that is about to be replaced is an old version already
            "stale": stale(found, "" if due else present, desired.keep),
        }
        return Observation(desired.model_copy(update=changes), {"versioned_name": present})

    def plan(self, live: GeneratedSecretSpec | None, desired: GeneratedSecretSpec) -> Sequence[GeneratedAction]:
        """What was found stale goes after the new version."""
        if live is None or live.value in (MISSING, ASKED) or live.length != desired.length:
            return [Draw(), Put(), *(Drop(name) for name in (live.stale if live else ()))]
        close = [Close()] if live.value != desired.value else []
        put = [Put()] if live.version != desired.version else []
        return [*close, *put, *(Drop(name) for name in live.stale)]

    def remark(self, live: GeneratedSecretSpec, desired: GeneratedSecretSpec) -> str:
        if live.value == MISSING:
            return f"{desired.path} is missing on the node: a new value is drawn, and its services move to it"
        if live.value == ASKED:
            return "rotateSecrets asks for it: a new value is drawn, and its services move to it"
        if live.length != desired.length:
            return f"{desired.length} signs instead of {live.length}: a new value is drawn, and its services move to it"
        return ""

    def perform(self, settings: Settings, desired: GeneratedSecretSpec, action: GeneratedAction) -> None:
        node = _node(settings, desired)
        match action:
            case Draw():
                self._draw(node, desired)
            case Close():
                node.script(_CLOSE, desired.path)
            case Put():
                self._put(settings, node, desired)
            case Drop(name):
                with _reaching(desired, str(action)):
                    Store.SECRETS.drop(engine(settings, desired.manager), name)

    def retire(self, settings: Settings, recorded: GeneratedSecretSpec, desired: GeneratedSecretSpec) -> None:
        """A value moves with the directory that the node keeps it in."""
        if recorded.path != desired.path:
            _node(settings, desired).script(_MOVE, recorded.path, desired.path)

    def remove(self, settings: Settings, spec: GeneratedSecretSpec) -> None:
        """What is encrypted with the value, or guarded by it, may outlive its services: the node keeps it."""
        with _reaching(spec, "remove"):
            client = engine(settings, spec.manager)
            for version in Store.SECRETS.versions(client, spec.base) if swarm.in_swarm(client) else ():
                Store.SECRETS.drop(client, version.name)
        tell(f"{spec}: its value stays on the node, in {spec.path}")

    def _draw(self, node: Shell, desired: GeneratedSecretSpec) -> None:
        node.script(_DRAW, desired.path, str(desired.length))
        with _drawn_lock:
            _drawn.add(_label(desired))

    def _put(self, settings: Settings, node: Shell, desired: GeneratedSecretSpec) -> None:
        content = files.read(node, desired.path) or b""
        register(content.decode(errors="replace"))
        name = f"{desired.base}-{files.digest(content)[:VERSION_DIGITS]}"
        with _reaching(desired, f"create {name}"):
            client = engine(settings, desired.manager)
            if not Store.SECRETS.has(client, name):
                Store.SECRETS.create(client, name, content, {BASE_LABEL: desired.base})


def _node(settings: Settings, spec: GeneratedSecretSpec) -> Shell:
    return open_shell(settings, NodeTarget(node=spec.manager.node))


def _label(spec: GeneratedSecretSpec) -> str:
    return f"{spec.manager.node}:{spec.path}"


def _asked(settings: Settings, desired: GeneratedSecretSpec) -> bool:
    named = {_EVERY, desired.base} & set(settings.rotate_secrets)
    with _drawn_lock:
        return bool(named) and _label(desired) not in _drawn


def _reaching(spec: GeneratedSecretSpec, operation: str) -> AbstractContextManager[None]:
    advice = "see `docker secret ls` and `docker service ls` on the manager; the Swarm must be up and the secret unused"
    return reaching(spec.manager, str(spec), operation, advice)


class GeneratedSecret(Resource[GeneratedSecretSpec], reconciler=GeneratedSecretReconciler()):
    """A secret of the Swarm; services refer to `versioned_name`."""

    versioned_name: pulumi.Output[str]
