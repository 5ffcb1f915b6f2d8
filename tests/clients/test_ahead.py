"""Answers that were had ahead of need."""

import threading
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from phoenix.clients.ahead import Answers, answered, asking, using
from phoenix.clients.line import Lines
from phoenix.errors import UnobservableError


def counting() -> Callable[[], int]:
    """Answers 0, 1, 2..."""
    numbers: Iterator[int] = count()
    return lambda: next(numbers)


def test_without_anything_ahead_it_is_asked() -> None:
    ask = counting()
    assert [answered("q", ask), answered("q", ask)] == [0, 1]


def test_what_was_answered_ahead_is_taken_once_and_in_order() -> None:
    ask, answers = counting(), Answers(Lines())
    with asking(answers):
        assert [answered("q", ask), answered("q", ask)] == [0, 1]
    with using(answers):
        assert [answered("q", ask), answered("q", ask), answered("q", ask)] == [0, 1, 2]


def test_another_question_goes_out() -> None:
    answers = Answers(Lines())
    with asking(answers):
        answered(("read", "/a"), lambda: "a")
    with using(answers):
        assert answered(("read", "/b"), lambda: "b") == "b"


def test_an_error_is_an_answer() -> None:
    answers = Answers(Lines())

    def silent() -> str:
        raise UnobservableError(resource="guest 101", host="here", cause="no answer")

    with asking(answers), pytest.raises(UnobservableError):
        answered("q", silent)
    with using(answers), pytest.raises(UnobservableError, match="no answer"):
        answered("q", lambda: "here")


def test_a_mistake_of_our_own_is_none() -> None:
    answers = Answers(Lines())
    with asking(answers), pytest.raises(ZeroDivisionError):
        answered("q", lambda: 1 // 0)
    with using(answers):
        assert answered("q", lambda: 1) == 1


def test_one_observation_does_not_take_the_answers_of_another() -> None:
    first, second = Answers(Lines()), Answers(Lines())
    with asking(first):
        answered("q", lambda: "first")
    with using(second):
        assert answered("q", lambda: "live") == "live"


def test_what_is_asked_twice_at_the_same_moment_goes_out_once() -> None:
    begun, go = threading.Event(), threading.Event()
    asked = counting()
    got: list[int] = []

    def slow() -> int:
        begun.set()
        assert go.wait(10)
        return asked()

    def observe(ask: Callable[[], int]) -> None:
        with asking(Answers(Lines())):
            got.append(answered("q", ask))

    first = threading.Thread(target=observe, args=(slow,))
    first.start()
    assert begun.wait(10)
    second = threading.Thread(target=observe, args=(asked,))
    second.start()
    second.join(0.1)
    assert second.is_alive()
    go.set()
    first.join(10)
    second.join(10)
    assert got == [0, 0]


def test_after_it_this_thread_asks_again() -> None:
    answers = Answers(Lines())
    with asking(answers):
        answered("q", lambda: "ahead")
    with using(answers):
        pass
    assert answered("q", lambda: "live") == "live"
