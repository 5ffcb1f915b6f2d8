"""Records what a run's Python processes do, where PHOENIX_PROFILE names a directory; Python loads this by its name.

One file a process, one line an event, in JSON: when it began (seconds since the epoch), how long it took (seconds),
what kind of event it is, its name, and the thread.
"""

import atexit
import functools
import importlib.abc
import importlib.util
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

FOLDER = os.environ.get("PHOENIX_PROFILE", "")
Label = Callable[[tuple[Any, ...]], str]
# module -> class or nothing, functions, kind of event, its name
WATCHED: dict[str, tuple[tuple[str, tuple[str, ...], str, Label], ...]] = {
    "phoenix.model.loader": (("", ("load", "check"), "pure", lambda _: ""),),
    "phoenix.plan.cluster": (("", ("plan",), "pure", lambda _: ""),),
    "components.stages": (("", ("place",), "pure", lambda _: ""),),
    "phoenix.providers.core.adapter": (
        (
            "Provider",
            ("check", "diff", "read", "create", "update", "delete"),
            "provider",
            lambda given: f"{type(given[0]).__name__.removesuffix('Provider')} {_identity(given)}",
        ),
    ),
    "phoenix.clients.ssh": (("", ("run",), "ssh", lambda given: f"{given[0].address} {given[1][0]}"),),
    "requests.sessions": (("Session", ("request",), "http", lambda given: str(given[2])),),
}
_events: list[str] = []


def _identity(given: tuple[Any, ...]) -> str:
    # create and check are given no ID, the others have it first
    first = given[1]
    if isinstance(first, str):
        return first
    try:
        return str(given[0].reconciler.identity(given[0]._recorded(given[-1])))
    except Exception:
        return ""


def _record(begun: float, kind: str, name: str) -> None:
    took, thread = time.time() - begun, threading.get_ident()
    _events.append(json.dumps({"begun": begun, "took": took, "kind": kind, "name": name, "thread": thread}))


def _watch(function: Any, kind: str, name: str, label: Label) -> Any:
    @functools.wraps(function)
    def watched(*given: Any, **more: Any) -> Any:
        begun = time.time()
        try:
            return function(*given, **more)
        finally:
            _record(begun, kind, f"{name} {label(given)}".strip())

    return watched


class _Finder(importlib.abc.MetaPathFinder):
    """Lets a watched module be loaded as ever, then replaces its functions."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        watched = WATCHED.pop(name, None)
        spec = importlib.util.find_spec(name) if watched else None
        if spec is None or spec.loader is None:
            return None
        loader, load = spec.loader, spec.loader.exec_module

        def exec_module(module: Any) -> None:
            load(module)
            for owner, functions, kind, label in watched or ():
                home = getattr(module, owner) if owner else module
                for each in functions:
                    setattr(home, each, _watch(getattr(home, each), kind, each, label))

        loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _write() -> None:
    with open(os.path.join(FOLDER, f"{os.getpid()}.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(f"{each}\n" for each in list(_events))


def _keep_writing() -> None:
    # the engine kills its plugins
    while True:
        time.sleep(0.2)
        _write()


if FOLDER and any("program" in word or "dynamic" in word for word in sys.orig_argv):
    _record(time.time(), "process", "provider" if any("dynamic" in word for word in sys.orig_argv) else "program")
    sys.meta_path.insert(0, _Finder())
    threading.Thread(target=_keep_writing, daemon=True).start()
    atexit.register(_write)
