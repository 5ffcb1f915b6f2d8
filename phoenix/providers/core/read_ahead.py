"""Looks at everything at once, while the engine still asks for one thing after the other.

The program tells with its first resource what it will place (`announce`). From then on every one of these is observed
ahead of need, many at a time, and the engine's own reads find their answers here. Each is used once. None is used once
anything begins to change; when the change is made, what has not been read yet is looked at anew.
"""

import json
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from phoenix.clients.ahead import Answers, asking
from phoenix.clients.line import Lines
from phoenix.providers.core import kinds
from phoenix.providers.core.reconciler import Reconciler
from phoenix.settings import Settings
from phoenix.specs.spec import Spec

AGAIN = 3
"""How often in a run: where much changes, the engine's reads and changes alternate, and little is gained."""
AT_ONCE = 32
"""Observations at a time: they wait for the network, and those of one target go together."""


def announce(specs: Iterable[Spec]) -> str:
    """What will be placed, as text."""
    return json.dumps([[kinds.name_of(each), each.model_dump(mode="json", exclude_none=True)] for each in specs])


@dataclass
class _Look:
    """One observation ahead; `done` when it has been made, or cancelled before it began."""

    reconciler: Reconciler[Any, Any]
    spec: Spec
    answers: Answers
    done: "Future[None]" = field(default_factory=Future)

    def run(self, settings: Settings) -> None:
        if not self.done.set_running_or_notify_cancel():
            return
        try:
            # whatever it meets, the read in earnest meets and tells
            with suppress(Exception), asking(self.answers):
                self.reconciler.observe(settings, self.spec)
        finally:
            self.done.set_result(None)


class ReadAhead:
    """What is observed ahead in this process: `begin`, then `answers` of each, and whatever changes `changing`."""

    def __init__(self) -> None:
        self._told = threading.Condition()
        self._looks: dict[tuple[str, str], _Look] = {}
        self._announced = ""
        """What is still being read of; empty once all of it is in `_looks`, or nothing is to be."""
        self._unread: dict[tuple[str, str], _Look] = {}
        self._changes = 0
        self._again = AGAIN

    def begin(self, settings: Settings, announced: str) -> None:
        """Looks at all that was announced, from now on and in its order; returns at once."""
        self._end()
        with self._told:
            self._announced, self._unread, self._again = announced, {}, AGAIN
        threading.Thread(target=self._start, args=(settings, announced), name="ahead", daemon=True).start()

    @contextmanager
    def changing(self, settings: Settings) -> Iterator[None]:
        """While something changes, and for what was looked at before, there are no answers."""
        with self._told:
            self._changes += 1
        self._end()
        try:
            yield
        finally:
            with self._told:
                self._changes -= 1
            self._look_again(settings)

    def answers(self, reconciler: Reconciler[Any, Any], spec: Spec) -> Answers | None:
        """What was answered ahead about this one, None where it was not looked at; waits while that is under way."""
        key = _key(reconciler, spec)
        with self._told:
            self._told.wait_for(lambda: key in self._looks or not self._announced)
            look = self._looks.pop(key, None)
            self._unread.pop(key, None)
        if look is None or look.done.cancel():
            return None
        look.done.result()
        return look.answers

    def _end(self) -> None:
        with self._told:
            looks, self._looks, self._announced = self._looks, {}, ""
            self._unread |= looks
            self._told.notify_all()
        for each in looks.values():
            each.done.cancel()

    def _look_again(self, settings: Settings) -> None:
        """Looks at what has not been read, once nothing changes any more."""
        lines = Lines()
        with self._told:
            if self._changes or not self._again or not self._unread:
                return
            anew = {
                key: _Look(each.reconciler, each.spec, Answers(lines, rank))
                for rank, (key, each) in enumerate(self._unread.items())
            }
            # what is read from now on is taken out of `anew`
            looks = [*anew.values()]
            self._looks, self._unread, self._again = anew, {}, self._again - 1
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ahead")
        for each in looks:
            pool.submit(each.run, settings)
        pool.shutdown(wait=False)

    def _start(self, settings: Settings, announced: str) -> None:
        lines, pool = Lines(), ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ahead")
        try:
            for rank, (name, fields) in enumerate(json.loads(announced)):
                reconciler = kinds.reconciler(name)
                look = _Look(reconciler, reconciler.spec.model_validate(fields), Answers(lines, rank))
                with self._told:
                    if self._announced is not announced:
                        return
                    self._looks[_key(reconciler, look.spec)] = look
                    self._told.notify_all()
                pool.submit(look.run, settings)
        finally:
            pool.shutdown(wait=False)
            with self._told:
                if self._announced is announced:
                    self._announced = ""
                self._told.notify_all()


def _key(reconciler: Reconciler[Any, Any], spec: Spec) -> tuple[str, str]:
    return type(reconciler).__name__, reconciler.identity(spec)
