"""Many commands as one, in a real shell."""

import subprocess
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix.clients import batch
from phoenix.clients.ssh import Completed


def run(*commands: Sequence[str]) -> list[Completed]:
    """What each left behind, run together by `sh`."""
    done = subprocess.run(["sh"], input=batch.script(commands), capture_output=True, timeout=30, check=True)
    assert done.stderr == b""
    return batch.answers(done.stdout, len(commands))


def alone(command: Sequence[str]) -> Completed:
    """What it leaves behind, run by itself."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    return Completed(done.returncode, done.stdout, done.stderr)


COMMANDS = [
    ["printf", "a\\0b\\377\\n\\n"],
    ["sh", "-euc", 'printf %s "$1" >&2; exit 44', "sh", "it's\n two lines"],
    ["true"],
    ["sh", "-uc", "cat; echo end"],
    ["sh", "-c", "echo out; echo said >&2; exit 137"],
    ["printf", "%s", "no newline"],
    ["sh", "-c", "exit 255"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_each_leaves_behind_what_it_would_alone(command: Sequence[str]) -> None:
    assert run(["true"], command, ["false"])[1] == alone(command)


def test_all_in_one() -> None:
    assert [each.exit_code for each in run(*COMMANDS)] == [0, 44, 0, 0, 137, 0, 255]


def test_none_sees_what_another_did_to_its_shell() -> None:
    before, *_, after = run(["pwd"], ["cd", "/"], ["eval", "each() { echo broken; }"], ["exit", "3"], ["pwd"])
    assert (before.exit_code, before) == (0, after)


def test_a_command_that_is_not_there_is_127() -> None:
    (answer,) = run(["no-such-command"])
    assert answer.exit_code == 127
    assert b"no-such-command" in answer.stderr


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_words_arrive_as_they_are(words: list[str]) -> None:
    (answer,) = run(["printf", "%s\\n", *words])
    assert answer.stdout.decode() == "".join(f"{each}\n" for each in words)


@pytest.mark.parametrize("cut", [b"", b"YQ== CjA=\n", b"YQ==\nYQ== CjA=\n", b"YQ== CjA=\n!!! CjA=\n"])
def test_what_is_not_the_whole_answer_is_told(cut: bytes) -> None:
    with pytest.raises(ValueError):
        batch.answers(cut, 2)
