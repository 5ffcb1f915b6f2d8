"""A target's line: commands that come while one is on its way go together, as soon as it is back."""

import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from phoenix.clients import batch
from phoenix.clients.ssh import Completed

WIDTH = 2
"""Batches to one target at a time: what is asked in several steps need not wait for all that others ask in one."""
TOGETHER = 8
"""Commands in a batch: they run one after the other, and who comes first shall not wait for all others."""
GATHER_SECONDS = 0.03
"""What a batch waits for others to come along; to enter a container takes as long."""
EACH_SECONDS = 1.0
"""What a batch is given beyond its slowest command's limit, for each of the others."""

Send = Callable[[Sequence[str], bytes, float], Completed]
"""Runs words with an input and a limit in seconds; raises when the target cannot be reached."""


@dataclass(frozen=True, eq=False)
class _Waiting:
    rank: int
    words: Sequence[str]
    timeout: float
    done: "Future[Completed]" = field(default_factory=Future)


class Line:
    """Commands to one target, for the moment before anything is changed: whoever finds it free takes all along.

    A target that could not be reached is not asked again; whatever comes after is told the same.
    """

    def __init__(self, send: Send, width: int = WIDTH) -> None:
        self._send = send
        self._free = width
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._failure: Exception | None = None

    def run(self, words: Sequence[str], timeout: float, rank: int = 0) -> Completed:
        """What `words` left behind, run with `timeout` seconds of its own; raises what the line's `send` raises.

        Those of a lower `rank` go first.
        """
        mine = _Waiting(rank, words, timeout)
        with self._changed:
            self._waiting.append(mine)
        while self._is_free_for(mine):
            try:
                time.sleep(GATHER_SECONDS)
                self._serve()
            finally:
                with self._changed:
                    self._free += 1
                    self._changed.notify_all()
        return mine.done.result()

    def _is_free_for(self, mine: _Waiting) -> bool:
        """Waits; True when `mine` is still there and may be sent, False when another takes it along."""
        with self._changed:
            self._changed.wait_for(lambda: self._free > 0 or mine not in self._waiting)
            if mine not in self._waiting:
                return False
            self._free -= 1
            return True

    def _serve(self) -> None:
        with self._changed:
            self._waiting.sort(key=lambda each: each.rank)
            served, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            self._changed.notify_all()
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
        if not served:
            return []
        # what several ask is asked once
        limits: dict[tuple[str, ...], float] = {}
        for each in served:
            limits[tuple(each.words)] = max(each.timeout, limits.get(tuple(each.words), 0.0))
        answers = dict(zip(limits, self._sent(limits), strict=True))
        return [answers[tuple(each.words)] for each in served]

    def _sent(self, limits: Mapping[tuple[str, ...], float]) -> list[Completed]:
        """The answers to commands with a limit in seconds each, in their order."""
        if len(limits) == 1:
            return [self._send(words, b"", limit) for words, limit in limits.items()]
        done = self._send(["sh"], batch.script([*limits]), max(limits.values()) + EACH_SECONDS * len(limits))
        if done.exit_code != 0 and not done.stdout:
            # not the commands' own: the target's way in (a container that is not running) would answer each like this
            return [done] * len(limits)
        try:
            return batch.answers(done.stdout, len(limits))
        except ValueError:
            return [self._send(words, b"", limit) for words, limit in limits.items()]


class Lines:
    """The lines of all observations that are made ahead together."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._lines: dict[Hashable, Line] = {}

    def to(self, target: Hashable, send: Send) -> Line:
        """The line to `target`, which reaches it by `send`."""
        with self._guard:
            return self._lines.setdefault(target, Line(send))
