"""Whatever the old files hold, it is imported and plans, or it is refused with file and line: never a traceback."""

import json
import random
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from phoenix.importing.configuration import configuration
from phoenix.importing.error import ImportingError
from phoenix.importing.writing import write
from phoenix.model import ConfigurationError
from phoenix.model.document import Loc
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import plan
from tests.importing.versions import FOLDER, VERSIONS

WRONG: tuple[Any, ...] = (
    *(None, 0, -1, 10**12, 1.5, True, "", "x y#z", [], {}, ["a"], {"a": 1}, [[]], [None], [{}]),
    *("10.0.0.13", "10.0.0.300/24", "é\u2028", "a_b", "{{x}}", "${X}", "../../etc/passwd", "00", "999999999999"),
)


def _locs(data: Any, loc: Loc = ()) -> Iterator[Loc]:
    if loc:
        yield loc
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, each in inner:
        yield from _locs(each, (*loc, key))


def _mutate(path: Path, chance: random.Random) -> None:
    # JSON is YAML, too
    data: Any = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    loc = chance.choice([*_locs(data)])
    around: Any = data
    for step in loc[:-1]:
        around = around[step]
    match chance.randrange(6):
        case 0:
            del around[loc[-1]]
        case 1 if isinstance(around, list):
            around.append(around[int(loc[-1])])
        case 1:
            around[f"{loc[-1]}9"] = around[loc[-1]]
        case _:
            around[loc[-1]] = chance.choice(WRONG)
    text = json.dumps(data, indent=1)
    path.write_text(text[: chance.randrange(len(text))] if chance.random() < 0.05 else text, encoding="utf-8")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("seed", range(8))
def test_a_mutated_file(version: str, seed: int, tmp_path: Path) -> None:
    chance = random.Random(f"{version} {seed}")
    old = tmp_path / "old"
    shutil.copytree(FOLDER / version, old)
    _mutate(chance.choice(sorted((*old.rglob("*.json"), *old.rglob("*.yml")))), chance)
    try:
        cluster = write(configuration(old), tmp_path / "new", "production")
    except ImportingError as error:
        told = str(error).split("\n")[1:]
        assert told
        assert all(re.match(r"  \S+:\d+: ", each) for each in told)
        assert not (tmp_path / "new").exists()
        return
    with suppress(ConfigurationError):
        plan(cluster, Choices())
