"""`bin/phoenix`: its help, its errors, what it loads, and what shells complete."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from phoenix.commands import exit_codes
from phoenix.commands.cli import main, phoenix
from phoenix.commands.completion import SHELLS
from phoenix.commands.table import COMMANDS
from phoenix.errors import PhoenixError
from phoenix.redaction import register

CHECKOUT = Path(__file__).parents[2]
PROGRAM = CHECKOUT / "bin" / "phoenix"
HEAVY = ("pydantic", "ruamel", "asyncssh", "cryptography", "docker", "requests", "phoenix.model", "phoenix.clients")


def run(*words: str, folder: Path = CHECKOUT, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(PROGRAM), *words],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def command(name: str) -> click.Command:
    found = phoenix.get_command(click.Context(phoenix), name)
    assert found is not None
    return found


def test_the_program_tells_all_subcommands_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "phoenix").mkdir()
    done = run("--help", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    listed = done.stdout.partition("Commands:\n")[2].splitlines()[: len(COMMANDS)]
    assert [line.split()[0] for line in listed] == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_subcommand_has_help_with_examples(name: str) -> None:
    told = CliRunner().invoke(phoenix, [name, "--help"])
    assert told.exit_code == 0
    _, _, examples = told.output.partition("  Examples:\n")
    assert f"phoenix {name}" in examples
    assert (command(name).help or "").partition("\n")[0] == COMMANDS[name].summary


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    script = f"import sys; from phoenix.commands.cli import main; main({words!r}); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=True
    )
    assert set(done.stdout.splitlines()[-1].split()).isdisjoint(HEAVY)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "No such command 'nothing'"),
        (["up"], "Missing option '--stack'"),
        (["up", "--stack", "dev", "--lock-timeout", "soon"], "'soon' is not a valid float"),
        (["completion", "tcsh"], "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
    ],
)
def test_wrong_arguments_are_told(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == exit_codes.UNUSABLE
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_an_error_is_told_with_its_secrets_masked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    register("a-secret-of-this-test")

    def fail(_context: object) -> None:
        raise PhoenixError("the node refused a-secret-of-this-test")

    monkeypatch.setattr(command("up"), "invoke", fail)
    assert main(["up", "--stack", "dev"]) == exit_codes.UNUSABLE
    assert capsys.readouterr().err == "the node refused [secret]\n"


def test_before_it_is_installed_it_says_so(tmp_path: Path) -> None:
    for name in ("phoenix", "bytecode"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        shutil.copy(CHECKOUT / "bin" / name, tmp_path / "bin" / name)
    done = subprocess.run([tmp_path / "bin" / "phoenix"], capture_output=True, text=True, timeout=30, check=False)
    said = f"phoenix: not installed yet; run {tmp_path}/bin/toolchain once\n"
    assert (done.returncode, done.stderr) == (exit_codes.UNUSABLE, said)


def test_without_pulumi_the_way_to_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    (tmp_path / "readlink").symlink_to("/usr/bin/readlink")
    done = run("certs", "--stack", "dev", PATH=str(tmp_path))
    assert done.returncode == exit_codes.UNUSABLE
    assert done.stderr == "pulumi is not in PATH\n  next: run this by bin/toolchain, which brings it\n"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["phoenix", ""], set(COMMANDS)),
        (["phoenix", "cer"], {"certs"}),
        (["phoenix", "up", "--stack", "d"], {"dev"}),
        (["phoenix", "up", "--lock"], {"--lock-timeout"}),
        (["phoenix", "promote", "q"], {"qdrant_service"}),
        (["phoenix", "promote", "qdrant_service", "t"], {"testing"}),
        (["phoenix", "config", "--environment", ""], {"testing"}),
    ],
)
def test_what_is_typed_is_completed(typed: list[str], offered: set[str]) -> None:
    done = run(_PHOENIX_COMPLETE="bash_complete", COMP_WORDS=" ".join(typed), COMP_CWORD=str(len(typed) - 1))
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == offered


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_script(shell: str) -> None:
    done = run("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_PHOENIX_COMPLETE={shell}_complete" in done.stdout


def test_bash_completes_by_that_script(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(run("completion", "bash").stdout)
    asked = f"COMP_WORDS=({PROGRAM} comp); COMP_CWORD=1; _phoenix_completion {PROGRAM}"
    typed = f'. {script}; {asked}; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", typed], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "completion\n"
