"""Compose files that are damaged a little, as a hand would: what is left is right, wrong, or right by chance."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from tests.stacks.compose_cases import CASES, Case

WORDS = (
    *(
        "",
        "~",
        "true",
        "yes",
        "0",
        "-1",
        "0440",
        "1.5",
        "1e3",
        "80",
        "70000",
        "10s",
        "1:20",
        "'1'",
        "x",
        "*",
        "!!str 1",
    ),
    *("[]", "{}", "[x]", "{x: y}", "[[x]]", "$X", "${X}", "${NO:-d}", "$", "/srv", "./x", "web", "default", "overlay"),
)


def mutated(seed: int) -> Case:
    """A case of the table with one to three places changed."""
    dice = random.Random(seed)
    case = dice.choice(CASES)
    text = case.compose
    for _ in range(dice.randint(1, 3)):
        text = dice.choice((_word, _line, _twice, _exchanged, _key))(text, dice)
    return replace(case, name=f"{case.name}, {seed}", text=text, more="", like="", refused="")


def mutations(first: int, count: int) -> Iterator[Case]:
    """As many cases, each by its own seed."""
    return (mutated(seed) for seed in range(first, first + count))


def _word(text: str, dice: random.Random) -> str:
    """Another value in the place of one."""
    found = [*re.finditer(r"(?<=[:\[{,-] )[^\s,\]}{\[#&*|>]+", text)]
    if not found:
        return text
    place = dice.choice(found)
    return text[: place.start()] + dice.choice(WORDS) + text[place.end() :]


def _key(text: str, dice: random.Random) -> str:
    """Another key of the same file, or one that is cut short."""
    found = [*re.finditer(r"[a-z_]+(?=:)", text)]
    place, other = dice.choice(found), dice.choice(found)
    return text[: place.start()] + dice.choice((other[0], place[0][:-1] or "x")) + text[place.end() :]


def _line(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    del lines[dice.randrange(len(lines))]
    return "\n".join(lines)


def _twice(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    return "\n".join([*lines[: at + 1], *lines[at:]])


def _exchanged(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)
