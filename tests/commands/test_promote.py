"""`phoenix promote`: what goes to the other environment, what stays as it was written, and what is refused."""

import difflib
import shutil
from pathlib import Path

import pytest

from phoenix.commands import exit_codes, promote
from phoenix.commands.cli import main
from phoenix.commands.round_trip import RoundTrip
from phoenix.model import StackEnvironment, load
from tests.model.conftest import SMALL

ROOT = Path(__file__).parents[2]
STACK = Path("stacks/web/stack.yaml")
ENVIRONMENTS = """# What the web is.
description: A web application

environments:
  # for customers
  production:
    variables:
      - {name: PORT, value: "8000"}   # theirs
      - {name: PASSWORD, secret: webPassword}
      - {name: TAG, value: "1.0"}  # since May
      - {name: LEVEL, value: warning}
    services:
      web:
        traefik_labels:
          - traefik.http.routers.web.rule=Host(`web.example.test`)
          - traefik.http.services.web.loadbalancer.server.port=80

  # for us
  testing:
    variables:
      - {name: PORT, value: "8001"}
      - {name: TAG, value: '1.1'}  # since June
      - name: EXTRA
        value: more
      - {name: PASSWORD, secret: webTestingPassword}
    firewall_rules:
      - {direction: in, action: ACCEPT, proto: tcp, ports: [8001]}
    services:
      web:
        traefik_labels:
          - traefik.http.routers.web_testing.rule=Host(`testing.example.test`)
          - traefik.http.services.web_testing.loadbalancer.server.port=80
# the end
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small cluster, its web in two environments of its Swarm, and an image that a variable names."""
    shutil.copytree(SMALL, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(promote, "enter", lambda: None)
    STACK.write_text(ENVIRONMENTS)
    replace(Path("stacks/web/compose.yaml"), "image: web", "image: web:${TAG:-latest}")
    replace(
        Path("config/guests/202-worker.yaml"),
        "docker_stacks: [web]", "docker_stacks: [{stack: web, environments: [production, testing]}]",
    )  # fmt: skip
    load(Path("config"), Path("stacks"), "production")
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def write(*words: str) -> list[str]:
    """What the command does to the file: the lines that go with a `-`, and those that come with a `+`."""
    before = STACK.read_text().splitlines()
    assert main(["promote", "web", "testing", "production", *words, "--write"]) == exit_codes.DONE
    found = difflib.ndiff(before, STACK.read_text().splitlines())
    return [line[0] + line[1:].strip() for line in found if line[0] in "+-"]


def production() -> StackEnvironment:
    return load(Path("config"), Path("stacks"), "production").stack("web").environments["production"]


def values(environment: StackEnvironment) -> dict[str, str | None]:
    return {each.name: each.value or each.secret for each in environment.variables}


def test_it_is_shown_and_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promote", "web", "testing", "production"]) == exit_codes.DONE
    told = capsys.readouterr()
    assert STACK.read_text() == ENVIRONMENTS
    assert (
        "-      - {name: TAG, value: \"1.0\"}  # since May\n+      - {name: TAG, value: '1.1'}  # since May\n"
        in told.out
    )
    assert told.out.startswith("--- stacks/web/stack.yaml\n+++ stacks/web/stack.yaml\n")
    assert told.err == "nothing is written without --write\n"


def test_the_image_is_brought_by_its_variable_and_nothing_else_changes() -> None:
    STACK.chmod(0o640)
    assert write() == ['-- {name: TAG, value: "1.0"}  # since May', "+- {name: TAG, value: '1.1'}  # since May"]
    assert STACK.stat().st_mode & 0o777 == 0o640
    assert production().given["TAG"] == "1.1"


def test_an_image_by_default_takes_the_variable_away() -> None:
    replace(STACK, "      - {name: TAG, value: '1.1'}  # since June\n", "")
    assert write() == ['-- {name: TAG, value: "1.0"}  # since May']


def test_variables_are_changed_and_added() -> None:
    done = write("--variable", "EXTRA", "--variable", "PASSWORD")
    assert sorted(done) == [
        *("+- name: EXTRA", "+- {name: PASSWORD, secret: webTestingPassword}", "+value: more"),
        "-- {name: PASSWORD, secret: webPassword}",
    ]
    assert values(production()) == {
        "PORT": "8000", "PASSWORD": "webTestingPassword", "TAG": "1.0", "LEVEL": "warning", "EXTRA": "more",
    }  # fmt: skip


def test_the_whole_environment_but_what_is_kept() -> None:
    kept = [word for name in ("PORT", "PASSWORD", "services", "firewall_rules") for word in ("--keep", name)]
    services = production().services
    done = write("--all", *kept)
    assert values(production()) == {"PORT": "8000", "PASSWORD": "webPassword", "TAG": "1.1", "EXTRA": "more"}
    assert production().services == services
    assert production().firewall_rules == ()
    assert not any("#" in line and "since May" not in line for line in done)


def test_the_whole_environment() -> None:
    """It can be had where the two are not side by side."""
    replace(Path("config/guests/202-worker.yaml"), "docker_stacks: [{stack: web, environments: [production, testing]}]",
            "docker_stacks: [web]")  # fmt: skip
    write("--all")
    both = load(Path("config"), Path("stacks"), "production").stack("web").environments
    assert values(both["production"]) == values(both["testing"])
    assert both["production"].services == both["testing"].services
    assert both["production"].firewall_rules == both["testing"].firewall_rules


def test_what_would_not_load_is_refused_and_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    """In one Swarm both would publish one port."""
    assert main(["promote", "web", "testing", "production", "--variable", "PORT", "--write"]) == exit_codes.UNUSABLE
    told = capsys.readouterr().err
    assert told.startswith(
        "production cannot have what testing has: the configuration has 1 problem:\n  stacks/web/compose"
    )
    assert "8001/tcp" in told
    assert STACK.read_text() == ENVIRONMENTS


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shop", "testing", "production"], "no stack shop; there are portainer_service, web"),
        (["web", "staging", "production"], "no environment staging; there are production, testing"),
        (["web", "testing", "production", "--variable", "LEVEL"], "no variable LEVEL in testing; there are PORT, TAG,"),
        (["web", "testing", "production", "--all", "--keep", "PROT"], "cannot keep PROT; there are PORT, TAG,"),
        (["web", "testing", "testing"], "FROM and TO are both testing"),
        (["web", "testing", "production", "--all", "--variable", "TAG"], "--variable and --all exclude each other"),
        (["web", "testing", "production", "--keep", "TAG"], "--keep goes with --all"),
        (["web", "../x", "production"], "is not the name of an environment"),
        (["portainer_service", "testing", "production"], "every environment has the same image"),
    ],
)
def test_what_cannot_be_is_told(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promote", *words, "--write"]) == exit_codes.UNUSABLE
    assert said in capsys.readouterr().err
    assert STACK.read_text() == ENVIRONMENTS


def test_a_configuration_that_does_not_load_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    replace(Path("config/cluster.yaml"), "node:", "nodes:")
    assert main(["promote", "web", "testing", "production"]) == exit_codes.UNUSABLE
    assert "config/cluster.yaml:1: node: this key is required" in capsys.readouterr().err


def test_what_an_anchor_shares_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    first = '\n      - {name: PORT, value: "8000"}'
    replace(STACK, f"    variables:{first}", f"    variables: &some{first}")
    replace(STACK, "# the end\n", "  staging:\n    variables: *some\n")
    before = STACK.read_text()
    assert main(["promote", "web", "testing", "production", "--write"]) == exit_codes.UNUSABLE
    assert "production shares what would be changed with another one" in capsys.readouterr().err
    assert STACK.read_text() == before


def test_an_environment_that_is_the_other_has_it_already(capsys: pytest.CaptureFixture[str]) -> None:
    assert write()
    assert main(["promote", "web", "testing", "production", "--write"]) == exit_codes.DONE
    told = capsys.readouterr()
    assert told.err == "stacks/web/stack.yaml: production has it already\n"


@pytest.mark.parametrize(
    "path", [*sorted(ROOT.glob("stacks/*/*.yaml")), *sorted(ROOT.glob("config/**/*.yaml"))], ids=str
)
def test_a_file_is_written_as_it_was(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert RoundTrip(text).text == text
