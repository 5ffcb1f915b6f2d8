"""The pipelines that are shipped: each one's own steps review, apply, renew and look for drift."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.environment import environment
from tests.lab import secrets_of_lab
from tests.lab.comments import Comments, comments
from tests.lab.converged import Cluster, Said
from tests.lab.pipeline_steps import CREDENTIALS, PACKAGING, Repository, Step, of_actions, of_gitlab, run
from toolchain.places import cache

pytestmark = pytest.mark.lab

GUEST = "config/guests/914-ollama-gpu0.yaml"
CONFIGURED = "pct config 914 | sed -n 's/^memory: //p'"
TOKEN = "a-token-that-may-comment"
WHERE = {
    "github": ("/repos/acme/cluster/issues/7/comments", f"Bearer {TOKEN}"),
    "forgejo": ("/repos/acme/cluster/issues/7/comments", f"token {TOKEN}"),
    "gitlab": ("/projects/5/merge_requests/7/notes", TOKEN),
}
KINDS = (*WHERE, "shell")


@dataclass
class Pipelines:
    """One kind of them, with its repository and what its runner keeps."""

    kind: str
    cluster: Cluster
    repository: Repository
    comments: Comments
    folder: Path
    ran: int = 0

    @property
    def plans(self) -> Path:
        return self.folder / "plans"

    def job(self, job: str, branch: str = "") -> Said:
        """Its steps, in a fresh checkout."""
        self.ran += 1
        place = self.folder / f"{self.kind}-{self.ran}"
        place.mkdir()
        checkout = self.repository.clone(f"{place.name}-checkout", branch or "main")
        there = Cluster(self.cluster.lab, checkout, self.cluster.said)
        self.cluster.settled = False
        own = {"STACK": "dev", "PHOENIX_PLANS": str(self.plans), "PHOENIX_CACHE": str(cache())}
        return run(there, self._steps(job, branch, place), place, own)

    def _steps(self, job: str, branch: str, place: Path) -> list[Step]:
        known = environment(self.cluster.lab.place)
        credentials = {name: known[name] for name in CREDENTIALS}
        if self.kind == "shell":
            return [self._shell(f"{job} {branch}", credentials, place)]
        url, number = self.comments.url, "7"
        if self.kind == "gitlab":
            given = {"CI_API_V4_URL": url, "CI_PROJECT_ID": "5", "CI_MERGE_REQUEST_IID": number}
            given |= {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "PHOENIX_COMMENT_TOKEN": TOKEN}
            return of_gitlab(f"phoenix-{job}", credentials | given)
        texts = {name: Path(credentials[name]).read_text().rstrip("\n") for name in CREDENTIALS[-3:]}
        stored = {
            f"{store}.{name}": text for store in ("secrets", "vars") for name, text in (credentials | texts).items()
        }
        given = {"github.base_ref": "main", "github.token": TOKEN, "github.api_url": url}
        given |= {"github.repository": "acme/cluster", "github.event.pull_request.number": number}
        return of_actions(f"{self.kind}/phoenix-{job}.yml", stored | given)

    def _shell(self, words: str, credentials: Mapping[str, str], place: Path) -> Step:
        file, script = place / "environment", place / "pipeline.sh"
        given = {"REPOSITORY": str(self.repository.bare), **credentials}
        file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in given.items()))
        text = (PACKAGING / "pipeline.sh").read_text()
        # its clone gets the virtual environment from the network, which the lab has not
        cloned = 'cd "$work/phoenix"\n'
        assert text.count(cloned) == 1
        script.write_text(text.replace(cloned, f"{cloned}ln -s {self.repository.environment} .venv\n"))
        return Step(f"sh {script} {words}", {"CREDENTIALS": str(file)})


@pytest.fixture
def pipelines(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[[str], Pipelines]]:
    """Those of a kind."""
    with comments(cluster.lab) as kept:
        yield lambda kind: Pipelines(kind, cluster, Repository(tmp_path, cluster.checkout), kept, tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_is_reviewed_merged_and_applied(kind: str, pipelines: Callable[[str], Pipelines]) -> None:
    ours = pipelines(kind)
    cluster = ours.cluster
    before = int(cluster.node(CONFIGURED))
    after = before + 256
    ours.repository.branch("change", GUEST, f"memory_mb: {before}", f"memory_mb: {after}")

    review = ours.job("review", "change")
    assert review.returncode == 0, review.stdout + review.stderr
    text = review.stdout
    if kind in WHERE:
        (comment,) = ours.comments.taken
        assert (comment.path, comment.credentials) == WHERE[kind]
        text = comment.text
    assert text.startswith("### Preview of dev: 1 to change\n"), text
    assert f"`Lxc 914-ollama-gpu0`\n```diff\nmemory_mb\n- {before}\n+ {after}\n```\n" in text
    assert int(cluster.node(CONFIGURED)) == before
    (plan,) = (ours.plans / "dev").iterdir()
    assert [each["urn"].rpartition("::")[2] for each in json.loads(plan.read_text())["changes"]] == ["914-ollama-gpu0"]

    ours.repository.merge("change")
    applied = ours.job("up")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert int(cluster.node(CONFIGURED)) == after
    for job in ("certificates", "drift"):
        done = ours.job(job)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "### Preview of dev: no changes\n" in done.stdout

    written = {str(plan): plan.read_text()} | {each.path: each.text for each in ours.comments.taken}
    hidden = {**secrets_of_lab.secrets(cluster.lab), "the token": TOKEN}
    assert secrets_of_lab.leaks(written | secrets_of_lab.numbered(cluster.said), hidden) == []


def test_what_nobody_reviewed_is_not_done(pipelines: Callable[[str], Pipelines]) -> None:
    ours = pipelines("github")
    cluster = ours.cluster
    before = int(cluster.node(CONFIGURED))
    ours.repository.branch("change", GUEST, f"memory_mb: {before}", f"memory_mb: {before + 256}")
    assert ours.job("review", "change").returncode == 0

    # by hand, after the review
    other = cluster.node("pct config 801 | sed -n 's/^memory: //p'").strip()
    cluster.drift("pct set 801 --memory 1024")
    ours.repository.merge("change")
    refused = ours.job("up")
    assert refused.returncode == 2, refused.stdout + refused.stderr
    told = f"  change Lxc 801-granite-embedding: nothing of it was reviewed\n  memory_mb\n  - 1024\n  + {other}\n"
    assert told in refused.stderr
    assert int(cluster.node(CONFIGURED)) == before
    assert "memory: 1024" in cluster.node("pct config 801")

    drift = ours.job("drift")
    assert drift.returncode == 1, drift.stdout + drift.stderr
    assert "### Preview of dev: 2 to change\n" in drift.stdout

    # without a merge request
    ours.repository.push_to_main(ours.repository.clone("direct"), "unseen")
    unseen = ours.job("up")
    assert unseen.returncode == 2
    assert "no such file, so nobody reviewed this" in unseen.stderr


def test_a_refusal_is_told_in_the_comment(pipelines: Callable[[str], Pipelines]) -> None:
    ours = pipelines("forgejo")
    ours.repository.branch("smaller", GUEST, "disk_gb: 128", "disk_gb: 64")
    review = ours.job("review", "smaller")
    assert review.returncode == 1, review.stdout + review.stderr
    (comment,) = ours.comments.taken
    assert comment.text.startswith("### Preview of dev: 1 refused\n")
    assert "disk" in comment.text
    assert not list(ours.plans.rglob("*.json"))
