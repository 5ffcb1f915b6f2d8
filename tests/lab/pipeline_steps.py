"""The steps of the pipelines that are shipped, taken out of their files, and run as their runners do."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.lab.converged import Cluster, Said

PACKAGING = Path(__file__).parents[2] / "packaging"
CREDENTIALS = (
    *("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"),
    *("PHOENIX_PROXMOX_TOKEN", "PHOENIX_PORTAINER_ADMIN_PASSWORD", "PHOENIX_AGENT_SECRET", "PHOENIX_DATABASE_PASSWORD"),
    *("PHOENIX_SSH_KEY", "PHOENIX_KNOWN_HOSTS", "PHOENIX_PROXMOX_CA"),
)
"""What a pipeline must bring itself; the last three are files."""
_EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


@dataclass(frozen=True)
class Step:
    """A script with its environment; one that is run `always` is run after a failure as well."""

    script: str
    environment: Mapping[str, str] = field(default_factory=dict)
    always: bool = False


def of_actions(file: str, known: Mapping[str, str]) -> list[Step]:
    """The one job of a workflow for GitHub, Forgejo or Gitea; `known` has the value of each expression."""
    workflow = YAML(typ="safe").load(PACKAGING / file)
    (job,) = workflow["jobs"].values()
    first, *steps = job["steps"]
    # the runner's own: the test has done that
    assert first["uses"].startswith("actions/checkout@")
    return [
        Step(
            each["run"],
            {
                name: _EXPRESSION.sub(lambda found: known[found[1]], str(value))
                for name, value in {**workflow["env"], **each.get("env", {})}.items()
            },
            {None: False, "always()": True}[each.get("if")],
        )
        for each in steps
    ]


def of_gitlab(job: str, known: Mapping[str, str]) -> list[Step]:
    """A job of GitLab's file: its script, and what comes after; `known` are variables that GitLab gives."""
    file = YAML(typ="safe").load(PACKAGING / "gitlab-ci.yml")
    wanted: dict[str, Any] = file[job]
    base = file[wanted["extends"]]
    environment = {name: str(value) for name, value in base["variables"].items()} | dict(known)
    scripts = [(wanted["script"], False), (wanted.get("after_script", []), True)]
    return [Step("\n".join(lines), environment, always) for lines, always in scripts if lines]


def run(cluster: Cluster, steps: list[Step], folder: Path, own: Mapping[str, str]) -> Said:
    """Run them in the cluster's checkout, without the lab's own credentials; `own` wins over what the files say.

    All that they said, and the code of the first that failed.
    """
    written = folder / "GITHUB_ENV"
    temporary = folder / "RUNNER_TEMP"
    temporary.mkdir()
    written.touch()
    done: list[Said] = []
    for number, step in enumerate(steps):
        if any(each.returncode for each in done) and not step.always:
            continue
        script = folder / f"step-{number}"
        script.write_text(step.script)
        added = dict(line.split("=", 1) for line in written.read_text().splitlines())
        given = {"GITHUB_ENV": str(written), "RUNNER_TEMP": str(temporary), **step.environment, **added, **own}
        words = ["env", *(f"--unset={name}" for name in CREDENTIALS), *(f"{name}={given[name]}" for name in given)]
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax: bash -e
        done.append(cluster.run(*words, "bash", "-e", str(script), limit=900.0))
    code = next((each.returncode for each in done if each.returncode), 0)
    said = ("".join(each.stdout for each in done), "".join(each.stderr for each in done))
    return Said([step.script for step in steps], code, *said)


class Repository:
    """A bare repository with a branch `main`, and clones of it."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        self._folder = folder
        self.bare = folder / "origin.git"
        seed = folder / "seed"
        subprocess.run(["cp", "-a", str(checkout), str(seed)], check=True)
        (seed / ".venv").unlink()
        git(seed, "init", "--quiet", "--initial-branch", "main")
        self.commit(seed, "All of it")
        git(folder, "clone", "--quiet", "--bare", str(seed), str(self.bare))
        self.environment = (checkout / ".venv").resolve()

    def clone(self, name: str, branch: str = "main") -> Path:
        """A fresh clone with that branch, and with the virtual environment."""
        made = self._folder / name
        git(self._folder, "clone", "--quiet", "--branch", branch, str(self.bare), str(made))
        (made / ".git" / "info" / "exclude").write_text(".venv\n")
        (made / ".venv").symlink_to(self.environment)
        return made

    @staticmethod
    def commit(folder: Path, message: str) -> None:
        """Everything in the folder."""
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", message)

    def branch(self, name: str, file: str, old: str, new: str) -> None:
        """A branch with one change; main goes on meanwhile."""
        work = self.clone(f"{name}-work")
        git(work, "switch", "--quiet", "--create", name)
        text = (work / file).read_text()
        assert text.count(old) == 1, f"{file} has {text.count(old)} times: {old}"
        (work / file).write_text(text.replace(old, new))
        self.commit(work, "One change")
        git(work, "push", "--quiet", "origin", name)
        git(work, "switch", "--quiet", "main")
        self.push_to_main(work, f"something else before {name}")

    def push_to_main(self, work: Path, text: str) -> None:
        """A commit on main that changes nothing of the cluster."""
        with (work / "README.md").open("a") as file:
            file.write(f"\n{text}\n")
        self.commit(work, text)
        git(work, "push", "--quiet", "origin", "main")

    def merge(self, name: str) -> None:
        """As the button of a merge request does, squashed."""
        work = self.clone(f"{name}-merge")
        git(work, "merge", "--quiet", "--squash", f"origin/{name}")
        self.commit(work, f"Merge {name}")
        git(work, "push", "--quiet", "origin", "main")


def git(folder: Path, *words: str) -> None:
    """Run it there.

    :raises AssertionError: it fails.
    """
    who = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
