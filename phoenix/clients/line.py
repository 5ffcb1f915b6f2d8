"""A target's line: commands that come while one is on its way go together, as soon as it is back."""

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from phoenix.clients import batch
from phoenix.clients.ssh import Completed

WIDTH = 3
"""Batches to one target at a time: what is asked in several steps need not wait for all that others ask in one."""
EACH_SECONDS = 1.0
"""What a batch is given beyond its slowest command's limit, for each of the others."""

Send = Callable[[Sequence[str], bytes, float], Completed]
"""Runs words with an input and a limit in seconds; raises when the target cannot be reached."""


@dataclass(frozen=True)
class _Waiting:
    words: Sequence[str]
    timeout: float
    done: "Future[Completed]" = field(default_factory=Future)


class Line:
    """Commands to one target, for the moment before anything is changed: whoever finds it free takes all along.

    A target that could not be reached is not asked again; whatever comes after is told the same.
    """

    def __init__(self, send: Send, width: int = WIDTH) -> None:
        self._send = send
        self._free = threading.Semaphore(width)
        self._guard = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._failure: Exception | None = None

    def run(self, words: Sequence[str], timeout: float) -> Completed:
        """What `words` left behind, run with `timeout` seconds of its own; raises what the line's `send` raises."""
        mine = _Waiting(words, timeout)
        with self._guard:
            self._waiting.append(mine)
        with self._free:
            if not mine.done.done():
                self._serve()
        return mine.done.result()

    def _serve(self) -> None:
        with self._guard:
            served, self._waiting = self._waiting, []
        if not served:
            # another took mine along
            return
        try:
            if self._failure is not None:
                raise self._failure
            for each, done in zip(served, self._together(served), strict=True):
                each.done.set_result(done)
        except Exception as error:
            self._failure = error
            for each in served:
                each.done.set_exception(error)

    def _together(self, served: Sequence[_Waiting]) -> list[Completed]:
        if len(served) == 1:
            return [self._send(served[0].words, b"", served[0].timeout)]
        limit = max(each.timeout for each in served) + EACH_SECONDS * len(served)
        done = self._send(["sh"], batch.script([each.words for each in served]), limit)
        if done.exit_code != 0 and not done.stdout:
            # not the commands' own: the target's way in (a container that is not running) would answer each like this
            return [done] * len(served)
        try:
            return batch.answers(done.stdout, len(served))
        except ValueError:
            return [self._send(each.words, b"", each.timeout) for each in served]


class Lines:
    """The lines of all observations that are made ahead together."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._lines: dict[Hashable, Line] = {}

    def to(self, target: Hashable, send: Send) -> Line:
        """The line to `target`, which reaches it by `send`."""
        with self._guard:
            return self._lines.setdefault(target, Line(send))
