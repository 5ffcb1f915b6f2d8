"""Answers that were had ahead of need: what an observation asks is asked once more later, and not waited for again.

An observation made ahead (`asking`) keeps each answer that it gets, the errors too. The same observation made in
earnest (`using`) takes them, each once and in their order; what it asks beyond them goes out as ever. So nothing has to
know what an observation asks, and no answer can pass for that of another question.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from phoenix.clients.line import Lines
from phoenix.errors import PhoenixError

T = TypeVar("T")

TOLD = (PhoenixError, OSError)
"""Errors that tell of the other side, as answers do (those of requests and the Docker SDK are of the second kind)."""


class Answers:
    """The answers that one observation got, by question.

    `lines` are its way to targets, ahead of need, on which those of a lower `rank` go first.
    """

    def __init__(self, lines: Lines, rank: int = 0) -> None:
        self.lines, self.rank = lines, rank
        self._kept: dict[Hashable, deque[Future[Any]]] = {}

    def keep(self, question: Hashable, answer: "Future[Any]") -> None:
        """Adds what the next to ask `question` shall get."""
        self._kept.setdefault(question, deque()).append(answer)

    def take(self, question: Hashable) -> "Future[Any] | None":
        """The answer that was kept first, which is then no longer there."""
        kept = self._kept.get(question)
        return kept.popleft() if kept else None


_here = threading.local()
_asked: dict[Hashable, Future[Any]] = {}
_asked_lock = threading.Lock()


def answered(question: Hashable, ask: Callable[[], T], early: Callable[[Answers], T] | None = None) -> T:
    """The answer to `question`, which `ask` gets; ahead of need `early` gets it, where that is another way.

    Observations that ask the same thing ahead at the same moment are given one answer. Raises what `ask` raises.
    """
    asking: Answers | None = getattr(_here, "asking", None)
    if asking is not None:
        get = ask if early is None else partial(early, asking)
        answer = _shared(question, get)
        if answer.exception() is None or isinstance(answer.exception(), TOLD):
            asking.keep(question, answer)
        return answer.result()
    using: Answers | None = getattr(_here, "using", None)
    kept = using.take(question) if using is not None else None
    result: T = ask() if kept is None else kept.result()
    return result


@contextmanager
def asking(answers: Answers) -> Iterator[None]:
    """Keeps in `answers` whatever this thread is told meanwhile."""
    with _set("asking", answers):
        yield


@contextmanager
def using(answers: Answers | None) -> Iterator[None]:
    """Lets this thread be told from `answers` first, where there are any."""
    with _set("using", answers):
        yield


@contextmanager
def _set(name: str, answers: Answers | None) -> Iterator[None]:
    setattr(_here, name, answers)
    try:
        yield
    finally:
        setattr(_here, name, None)


def _shared(question: Hashable, ask: Callable[[], T]) -> "Future[T]":
    with _asked_lock:
        if question in _asked:
            return _asked[question]
        answer: Future[T] = Future()
        _asked[question] = answer
    try:
        answer.set_result(ask())
    except BaseException as error:
        answer.set_exception(error)
    finally:
        with _asked_lock:
            del _asked[question]
    return answer
