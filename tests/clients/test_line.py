"""Commands to one target that go together."""

import subprocess
import threading
from collections.abc import Sequence

import pytest

from phoenix.clients.line import TOGETHER, Line, Lines
from phoenix.clients.ssh import Completed
from phoenix.errors import UnobservableError


class Target:
    """This machine's shell; the first command waits for `go`."""

    def __init__(self) -> None:
        self.sent: list[tuple[list[str], bytes]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def send(self, words: Sequence[str], stdin: bytes, timeout: float) -> Completed:
        self.sent.append(([*words], stdin))
        self.begun.set()
        assert self.go.wait(10)
        done = subprocess.run(words, input=stdin, capture_output=True, timeout=timeout, check=False)
        return Completed(done.returncode, done.stdout, done.stderr)


def together(line: Line, target: Target, commands: Sequence[Sequence[str]]) -> list[Completed | Exception]:
    """The answers to all; the first is on its way before the others come."""
    got: dict[int, Completed | Exception] = {}

    def ask(number: int) -> None:
        try:
            got[number] = line.run(commands[number], 5.0)
        except Exception as error:
            got[number] = error

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(commands))]
    threads[0].start()
    assert target.begun.wait(10)
    for each in threads[1:]:
        each.start()
        while not any(waiting.words is commands[threads.index(each)] for waiting in line._waiting):
            each.join(0.001)
    target.go.set()
    for each in threads:
        each.join(10)
    return [got[number] for number in range(len(commands))]


COMMANDS = [["echo", "0"], ["echo", "1"], ["sh", "-c", "exit 44"], ["echo", "3"]]


def test_what_comes_while_one_is_on_its_way_goes_together() -> None:
    target = Target()
    answers = together(Line(target.send, 1), target, COMMANDS)
    assert [each.text if isinstance(each, Completed) else each for each in answers] == ["0", "1", "", "3"]
    assert isinstance(answers[2], Completed)
    assert answers[2].exit_code == 44
    assert [words for words, _ in target.sent] == [["echo", "0"], ["sh"]]


def test_a_target_that_is_silent_is_not_asked_again() -> None:
    target = Target()

    def silent(words: Sequence[str], stdin: bytes, timeout: float) -> Completed:
        target.send(words, stdin, timeout)
        raise UnobservableError(resource="guest 101", host="here", cause="no answer")

    answers = together(Line(silent, 1), target, COMMANDS)
    assert {str(each) for each in answers} == {str(answers[0])}
    assert "no answer" in str(answers[0])
    assert len(target.sent) == 1


def test_whoever_stands_at_the_door_answers_each() -> None:
    """A container that does not exist: `pct` itself ends with 2, and no command has run."""
    target = Target()

    def absent(words: Sequence[str], stdin: bytes, timeout: float) -> Completed:
        target.send(words, stdin, timeout)
        return Completed(2, b"", b"it does not exist")

    assert together(Line(absent, 1), target, COMMANDS) == [Completed(2, b"", b"it does not exist")] * 4


def test_a_broken_answer_is_asked_for_one_by_one() -> None:
    target = Target()

    def cut(words: Sequence[str], stdin: bytes, timeout: float) -> Completed:
        done = target.send(words, stdin, timeout)
        return Completed(137, done.stdout[:-9], b"") if stdin else done

    answers = together(Line(cut, 1), target, COMMANDS)
    assert [each.exit_code for each in answers if isinstance(each, Completed)] == [0, 0, 44, 0]
    assert [words for words, _ in target.sent] == [["echo", "0"], ["sh"], *COMMANDS[1:]]


def test_each_target_has_one_line() -> None:
    lines, target = Lines(), Target()
    assert lines.to("a", target.send) is lines.to("a", target.send)
    assert lines.to("a", target.send) is not lines.to("b", target.send)


def test_an_error_leaves_the_line_free() -> None:
    line = Line(lambda _words, _stdin, _timeout: (_ for _ in ()).throw(OSError("gone")))
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            line.run(["true"], 1.0)


class Slow:
    """Answers what it is given, and notes how many batches were on their way at once."""

    def __init__(self) -> None:
        self.under_way, self.most = 0, 0
        self.batches: list[list[str]] = []
        self.guard = threading.Lock()

    def send(self, words: Sequence[str], stdin: bytes, _timeout: float) -> Completed:
        with self.guard:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            self.batches.append(
                [line.split()[2] for line in stdin.decode().splitlines() if line.startswith("each echo")]
            )
        done = subprocess.run(words, input=stdin, capture_output=True, timeout=10, check=False)
        threading.Event().wait(0.1)
        with self.guard:
            self.under_way -= 1
        return Completed(done.returncode, done.stdout, done.stderr)


def answered(line: Line, ranks: Sequence[int]) -> list[str]:
    """What each of these is told, who ask one after the other and before the first is answered."""
    got: dict[int, str] = {}

    def ask(number: int, rank: int) -> None:
        got[number] = line.run(["echo", str(number)], 5.0, rank).text

    threads = [threading.Thread(target=ask, args=each) for each in enumerate(ranks)]
    for each in threads:
        each.start()
        threading.Event().wait(0.001)
    for each in threads:
        each.join(20)
    return [got[number] for number in range(len(ranks))]


def test_so_many_are_on_their_way_at_a_time() -> None:
    target = Slow()
    numbers = list(range(6 * TOGETHER))
    assert answered(Line(target.send, 2), [0] * len(numbers)) == [str(each) for each in numbers]
    assert target.most == 2
    assert max(len(each) for each in target.batches) <= TOGETHER
    # and they did go together
    assert len(target.batches) < len(numbers) / 2


def test_those_of_a_lower_rank_go_first() -> None:
    target = Slow()
    answered(Line(target.send, 1), [9] * TOGETHER + [9] * TOGETHER + [1])
    last = str(2 * TOGETHER)
    assert any(last in each for each in target.batches[:2])
