"""The pipelines that are shipped: their linters, what they run, and where their secrets come from.

Their steps run in tests/lab/test_pipelines.py.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from phoenix.commands.preview import command as preview
from phoenix.commands.up import command as up
from phoenix.settings import Settings, environment_variable
from tests.packaging.shipped import FILES, GITLAB, JOBS, PACKAGING, SHELL, WORKFLOWS, commands, read
from toolchain.build import build, recipe

PLAN = "\"$PHOENIX_PLANS/$STACK/$(git rev-parse 'HEAD^{tree}').json\""
WANTED = {
    "review": f'preview --stack "$STACK" --markdown review.md --save-plan {PLAN}',
    "up": f'up --stack "$STACK" --lock-timeout 1800 --plan {PLAN}',
    "certificates": 'up --stack "$STACK" --lock-timeout 1800 --certificates-only',
    "drift": 'preview --stack "$STACK" --expect-no-changes',
}


def name(file: Path) -> str:
    return str(file.relative_to(PACKAGING))


def succeeds(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", WORKFLOWS, ids=name)
def test_a_workflow_is_what_its_schema_says(file: Path) -> None:
    succeeds(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(file))


def test_the_job_file_is_what_gitlabs_schema_says() -> None:
    words = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    succeeds(sys.executable, "-m", "check_jsonschema", *words, str(GITLAB))


@pytest.mark.parametrize(("old", "new"), [("steps:", "stepz:"), ("timeout-minutes: 30", "timeout-minutes: soon")])
def test_a_schema_finds_what_is_wrong(tmp_path: Path, old: str, new: str) -> None:
    broken = tmp_path / "workflow.yml"
    broken.write_text(WORKFLOWS[0].read_text().replace(old, new, 1))
    with pytest.raises(AssertionError, match="Schema validation errors"):
        test_a_workflow_is_what_its_schema_says(broken)


def actionlint(file: Path, folder: Path) -> None:
    known = folder / "actionlint.yaml"
    known.write_text("self-hosted-runner:\n  labels: [cluster-network]\n")
    succeeds(str(build(recipe("actionlint"))), "-config-file", str(known), str(file))


# it is built from its Go modules once: half a minute
@pytest.mark.server
@pytest.mark.parametrize("file", WORKFLOWS, ids=name)
def test_actionlint_agrees(file: Path, tmp_path: Path) -> None:
    actionlint(file, tmp_path)


@pytest.mark.server
def test_actionlint_finds_what_no_schema_knows(tmp_path: Path) -> None:
    broken = tmp_path / "workflow.yml"
    broken.write_text(WORKFLOWS[0].read_text().replace("github.base_ref", "github.base_reef"))
    with pytest.raises(AssertionError, match="base_reef"):
        actionlint(broken, tmp_path)


@pytest.mark.parametrize("file", FILES, ids=name)
def test_every_pipeline_runs_the_same_commands(file: Path) -> None:
    jobs = [file.stem.removeprefix("phoenix-")] if file in WORKFLOWS else JOBS
    wanted = [WANTED[job] for job in jobs]
    if file == SHELL:
        # which tells the result on standard output
        wanted[0] = wanted[0].replace(" --markdown review.md", "")
    assert commands(file) == wanted


@pytest.mark.parametrize("job", JOBS)
def test_the_program_takes_these_arguments(job: str) -> None:
    words = [word.strip('"') for word in WANTED[job].replace(PLAN, "plan.json").split()]
    known: dict[str, click.Command] = {"preview": preview, "up": up}
    context = known[words[0]].make_context(words[0], words[1:])
    assert context.params["stack"] == "$STACK"


SECRETS = (
    *("PULUMI_CONFIG_PASSPHRASE", "PHOENIX_PROXMOX_TOKEN", "PHOENIX_PORTAINER_ADMIN_PASSWORD"),
    *("PHOENIX_AGENT_SECRET", "PHOENIX_DATABASE_PASSWORD"),
)


@pytest.mark.parametrize("file", WORKFLOWS, ids=name)
def test_secrets_come_from_the_secret_store_alone(file: Path) -> None:
    workflow = read(file)
    (job,) = workflow["jobs"].values()
    for secret in SECRETS:
        assert workflow["env"][secret] == f"${{{{ secrets.{secret} }}}}"
    for step in job["steps"]:
        # an expression in a script is text in it, whoever wrote that text: a branch is called as somebody likes
        assert "${{" not in step.get("run", "")
        # nothing says what it runs, or shows its environment
        assert not re.search(r"\bset -x|\bset -o xtrace|\bprintenv\b|\benv$", step.get("run", ""))
    # what others wrote gets no credentials
    if "pull_request" in workflow["on"]:
        assert job["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert workflow["permissions"]["contents"] == "read"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_only_settings_that_exist_are_named(file: Path) -> None:
    named = set(re.findall(r"\bPHOENIX_[A-Z_]+\b", file.read_text()))
    known = {environment_variable(field.alias or key) for key, field in Settings.model_fields.items()}
    ours = {"PHOENIX_CACHE", "PHOENIX_PLANS", "PHOENIX_JOB", "PHOENIX_COMMENT_TOKEN", "PHOENIX_DATABASE_PASSWORD"}
    assert named - known - ours - {"PHOENIX_"} == set()
    # of the setting of that name a pipeline has nothing to say: it is the stack's
    assert "PHOENIX_ENVIRONMENT" not in named


def test_a_run_that_changes_something_is_never_cancelled() -> None:
    for file in WORKFLOWS:
        review = file.stem == "phoenix-review"
        assert read(file)["concurrency"]["cancel-in-progress"] is review
    jobs = read(GITLAB)
    assert [jobs[f"phoenix-{job}"].get("resource_group") for job in JOBS] == [None, "production", "production", None]
    assert jobs[".phoenix"]["interruptible"] is False


def test_forgejos_workflows_are_those_of_github_but_for_what_is_theirs() -> None:
    own = {
        ".github/workflows/": ".forgejo/workflows/ (Gitea: .gitea/workflows/)",
        "[self-hosted, cluster-network]": "cluster-network",
        "Authorization: Bearer": "Authorization: token",
    }
    for job in JOBS:
        text = (PACKAGING / "github" / f"phoenix-{job}.yml").read_text()
        for github, forgejo in own.items():
            text = text.replace(github, forgejo)
        assert (PACKAGING / "forgejo" / f"phoenix-{job}.yml").read_text() == text


def test_the_shell_script_tells_how_it_is_used() -> None:
    done = subprocess.run(["sh", str(SHELL)], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split()[:2] for line in done.stderr.splitlines()] == [["pipeline.sh", job] for job in JOBS]


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck on this machine")
def test_shellcheck_agrees() -> None:
    succeeds("shellcheck", str(SHELL))
