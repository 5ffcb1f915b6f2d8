"""A stack with secrets of all kinds on the converged lab: each in its place, one rolling update, and nowhere else."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest

from tests import age_keys
from tests.lab.additions import MACHINE_FILE, STACKS
from tests.lab.converged import Cluster
from tests.lab.secrets_of_lab import files_below, leaks
from tests.lab.test_certificates_secrecy import command_lines

pytestmark = pytest.mark.lab

NAME = "held-development"
# two services, of which one alone uses the password
COMPOSE = """\
services:
  front:
    image: thinkheads_ai_app:latest
    environment: {API_PORT: "8020"}
    secrets: [password, {source: key, target: tls.key, mode: 0400}, session, theirs]
    configs: [{source: text, target: /etc/text}]
    deploy: &here {update_config: {order: start-first}}
  back:
    image: qdrant/qdrant:latest
    secrets: [session]
    deploy: *here
secrets: {password: , key: , session: , theirs: {external: {name: made-by-hand}}}
configs: {text: }
"""
STACK = """\
description: One of each.
placement: pinned
environments:
  development:
    secrets:
      password: {setting: heldPassword}
      key: {file: secrets/tls.key}
      session: {generate: 40}
      theirs: {external: made-by-hand}
    configs:
      text: {setting: heldText}
"""
# drawn, so that this file is no place where they stand
PASSWORD, CHANGED, TEXT = (token_hex(16) for _ in range(3))
KEY = f"-----BEGIN PRIVATE KEY-----\n{token_hex(32)}\n-----END PRIVATE KEY-----\n"
SESSION_FILE = f"/var/lib/phoenix/secrets/{NAME}_session"


@dataclass
class Held:
    """The cluster with that stack."""

    cluster: Cluster
    environ: pytest.MonkeyPatch

    def give(self, key: str, value: str) -> None:
        """A setting by the environment, as CI hands it over: in no argument."""
        self.environ.setenv(key, value)

    def objects(self, kind: str) -> set[str]:
        """Names of the Swarm's secrets or configs that belong to the stack."""
        names = self.cluster.machine(1001, f"docker {kind} ls --format '{{{{.Name}}}}'").split()
        return {name for name in names if name.startswith(NAME)}

    def tasks(self) -> dict[str, set[str]]:
        """The tasks that shall run of each service of the whole Swarm: another version of it has others."""
        shown = "docker service ps --no-trunc --filter desired-state=running --format '{{.Name}} {{.ID}}'"
        found: dict[str, set[str]] = {}
        for line in self.cluster.machine(1001, f"{shown} $(docker service ls -q)").splitlines():
            name, identity = line.split()
            found.setdefault(name.partition(".")[0], set()).add(identity)
        return found

    def mounted(self, service: str, path: str) -> str:
        """A file as the service's own task sees it."""
        task = f"docker ps -q --filter label=com.docker.swarm.service.name={NAME}_{service} | head -1"
        root = f"/proc/$(docker inspect -f '{{{{.State.Pid}}}}' $({task}))/root"
        return self.cluster.machine(1002, f"cat {root}{path}")


@pytest.fixture
def held(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    key = age_keys.new_key()
    monkeypatch.setenv("PATH", f"{Path(age_keys.sops()).parent}:{os.environ['PATH']}")
    made = Held(cluster, monkeypatch)
    for name, value in (
        *(("PHOENIX_HELD_PASSWORD", PASSWORD), ("PHOENIX_HELD_TEXT", TEXT)),
        ("PHOENIX_SOPS_AGE_KEY", key.identity),
    ):
        made.give(name, value)
    # restored in this order: a folder goes when its last file does
    for name, text in (("secrets/tls.key", KEY), ("compose.yaml", COMPOSE), ("stack.yaml", STACK)):
        cluster.put(f"stacks/held/{name}", text)
    age_keys.encrypt(cluster.checkout / "stacks/held/secrets/tls.key", KEY.encode(), key)
    cluster.edit(MACHINE_FILE, STACKS, STACKS.replace("]", ", held]"))
    yield made
    cluster.restore()
    cluster.settled = False


def test_each_kind_is_delivered_rotated_and_shown_nowhere(held: Held) -> None:
    cluster = held.cluster
    # what somebody else makes is looked for before anything is touched
    before = held.tasks()
    missing = cluster.preview()
    assert (missing.code != 0, "the Swarm has no secret of that name" in missing.text) == (True, True)
    assert held.tasks() == before
    cluster.machine(1001, "printf theirs-by-hand-7c6b5a | docker secret create made-by-hand -")

    assert "held                     running" in cluster.up()
    session = cluster.node(f"cat {SESSION_FILE}")
    assert cluster.node(f"stat -c '%a %U %s' {SESSION_FILE}").split() == ["600", "root", "40"]
    assert held.mounted("front", "/run/secrets/password") == PASSWORD
    assert held.mounted("front", "/run/secrets/tls.key") == KEY
    assert held.mounted("front", "/run/secrets/session") == held.mounted("back", "/run/secrets/session") == session
    assert held.mounted("front", "/run/secrets/theirs") == "theirs-by-hand-7c6b5a"
    assert held.mounted("front", "/etc/text") == TEXT
    cluster.assert_clean()

    first, running = held.objects("secret"), held.tasks()
    held.give("PHOENIX_HELD_PASSWORD", CHANGED)
    hidden = {"password": PASSWORD, "new password": CHANGED, "text": TEXT, "session": session}
    hidden |= {"key": KEY.splitlines()[1], "age key": os.environ["PHOENIX_SOPS_AGE_KEY"]}
    with command_lines() as seen:
        preview = cluster.run("pulumi", "preview", "--stack", "dev", "--diff")
        up = cluster.run(
            str(cluster.checkout / "bin" / "phoenix"), "up", "--stack", "dev", "--", "-v=9", "--logtostderr"
        )
        state = cluster.run("pulumi", "stack", "export", "--stack", "dev")
    for run in (preview, up, state):
        assert run.returncode == 0, run.stderr[-2000:]
    assert "the setting holds another value: its services move from" in preview.stdout + preview.stderr
    # one rolling update, of the one service that has the password
    after = held.tasks()
    assert [name for name in after if after[name] != running[name]] == [f"{NAME}_front"]
    assert held.mounted("front", "/run/secrets/password") == CHANGED
    (new,) = held.objects("secret") - first
    assert new.startswith(f"{NAME}_password-")

    texts = {f"{name}'s {stream}": getattr(run, stream) for stream in ("stdout", "stderr") for name, run in (
        ("preview", preview), ("up", up), ("export", state),
    )}  # fmt: skip
    texts["a command line"] = "\n".join(seen)
    assert leaks(texts, hidden) == []
    # neither the checkout, nor the backend's files, nor those of the program's processes
    own = (path for path in cluster.checkout.iterdir() if path.name not in (".venv", ".git"))
    for folder in (*own, cluster.lab.place.state / "pulumi", *Path(tempfile.gettempdir()).glob("phoenix-*")):
        assert leaks(files_below(folder), hidden) == []
    for name, text in texts.items():
        assert leaks({name: f"{text}{CHANGED}"}, hidden)

    # a drawn value is drawn anew when asked, and moves both of its users; old versions go
    held.give("PHOENIX_ROTATE_SECRETS", f"{NAME}_session")
    cluster.up()
    held.environ.delenv("PHOENIX_ROTATE_SECRETS")
    assert cluster.node(f"cat {SESSION_FILE}") != session
    moved = held.tasks()
    assert {name for name in moved if moved[name] != after[name]} == {f"{NAME}_front", f"{NAME}_back"}
    for _ in range(2):
        held.give("PHOENIX_HELD_PASSWORD", token_hex(16))
        cluster.up()
    assert len([name for name in held.objects("secret") if "_password-" in name]) == 2
    assert not first & {name for name in held.objects("secret") if "_password-" in name}
    cluster.assert_clean()

    # a stack that is gone leaves none behind but the value on the node
    cluster.restore()
    cluster.up()
    assert held.objects("secret") == held.objects("config") == set()
    assert cluster.machine(1001, "docker secret ls -q --filter name=made-by-hand") != ""
    assert cluster.node(f"cat {SESSION_FILE}") != ""
