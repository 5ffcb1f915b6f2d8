"""The pipelines that are shipped, and the commands in them."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

PACKAGING = Path(__file__).parents[2] / "packaging"
JOBS = ("review", "up", "certificates", "drift")
WORKFLOWS = [PACKAGING / kind / f"phoenix-{job}.yml" for kind in ("github", "forgejo") for job in JOBS]
GITLAB = PACKAGING / "gitlab-ci.yml"
SHELL = PACKAGING / "pipeline.sh"
FILES = [*WORKFLOWS, GITLAB, SHELL]


def read(file: Path) -> dict[str, Any]:
    """A YAML file; `on` is a word there, and no truth value."""
    loaded: dict[str, Any] = YAML(typ="safe").load(file)
    return loaded


def commands(file: Path) -> list[str]:
    """Each call of `bin/phoenix` in it, in one line, without the folder of the runner's files."""
    text = file.read_text().replace("\\\n", " ")
    if file == GITLAB:
        # a folded line of YAML
        text = re.sub(r"\n +(--\S)", r" \1", text)
    found = re.findall(r"bin/toolchain bin/phoenix (.+)", text)
    return [re.sub(r"\"?\$RUNNER_TEMP/(\S+?)\"", r"\1", " ".join(each.split())) for each in found]
