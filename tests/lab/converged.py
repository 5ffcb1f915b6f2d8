"""A cluster on a throwaway lab, driven as an operator drives it: by `bin/lab exec`, from a checkout of its own."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

from lab.environment import CHECKOUT
from lab.testing import Throwaway, throwaway

DOMAIN = "internal.thinkheads.ai"
CONVERGE_LIMIT = 1200.0
RUN_LIMIT = 600.0
NO_CHANGE: Mapping[str, str] = {}
Said = subprocess.CompletedProcess[str]


def copy_checkout(target: Path) -> Path:
    """What git does not ignore of this checkout, as it is now, with its virtual environment."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (CHECKOUT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, target / name)
    (target / ".venv").symlink_to(CHECKOUT / ".venv")
    return target


@dataclass
class Preview:
    """What a preview would do. `changes` maps the name of each resource that is touched to the operation."""

    code: int
    text: str
    changes: dict[str, str] = field(default_factory=dict)


@dataclass
class Cluster:
    """The lab, the program's own copy of the checkout, and everything that any run has said."""

    lab: Throwaway
    checkout: Path
    said: list[str] = field(default_factory=list)
    settled: bool = False
    _kept: dict[Path, str | None] = field(default_factory=dict)

    def run(self, *words: str, environment: Mapping[str, str] = NO_CHANGE, limit: float = RUN_LIMIT) -> Said:
        """Run a command inside the lab, in the copy; `environment` changes single variables."""
        changed = ["env", *(f"{name}={value}" for name, value in environment.items())] if environment else []
        command = [str(CHECKOUT / "bin" / "lab"), "exec", "--", *changed, *words]
        done = subprocess.run(
            command, cwd=self.checkout, env=self.lab.environment, capture_output=True, text=True, timeout=limit,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        self.said += [done.stdout, done.stderr]
        return done

    def try_up(self, **environment: str) -> Said:
        """One run of the product's command, whatever comes of it."""
        self.settled = False
        command = [str(self.checkout / "bin" / "phoenix"), "up", "--stack", "dev"]
        return self.run(*command, environment=environment, limit=CONVERGE_LIMIT)

    def up(self) -> str:
        """Converge.

        :raises AssertionError: it does not exit 0; the message is what it said from the diagnostics on.
        """
        done = self.try_up()
        assert done.returncode == 0, said_of_failure(done)
        self.settled = not self._kept
        return done.stdout

    def preview(self) -> Preview:
        """What `pulumi up` would do now."""
        done = self.run("pulumi", "preview", "--stack", "dev", "--json")
        text = done.stdout + done.stderr
        try:
            steps: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
        except (ValueError, KeyError):
            return Preview(done.returncode, text)
        changes = {_name(step["urn"]): step["op"] for step in steps if step["op"] not in ("same", "refresh")}
        return Preview(done.returncode, text, changes)

    def assert_clean(self) -> None:
        """The cluster is what the configuration says, by the words of the CLI itself."""
        done = self.run("pulumi", "preview", "--stack", "dev", "--expect-no-changes", "--diff")
        assert done.returncode == 0, said_of_failure(done)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a text file of the copy in one place."""
        text = (self.checkout / name).read_text()
        assert text.count(old) == 1, f"{name} has {text.count(old)} times: {old}"
        self.put(name, text.replace(old, new))

    def put(self, name: str, text: str) -> None:
        """Write a file of the copy."""
        path = self.checkout / name
        self._kept.setdefault(path, path.read_text() if path.exists() else None)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def restore(self) -> None:
        """Take back every change of the copy."""
        for path, text in self._kept.items():
            if text is not None:
                path.write_text(text)
                continue
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        self._kept.clear()

    def node(self, script: str, stdin: str | None = None) -> str:
        """Run a shell script on the node; its standard output.

        :raises AssertionError: it fails.
        """
        done = self.lab.node(script, stdin)
        assert done.returncode == 0, f"{script}: {done.stdout}{done.stderr}"
        return done.stdout

    def drift(self, script: str) -> None:
        """Change something by hand."""
        self.settled = False
        self.node(script)

    def machine(self, vmid: int, script: str) -> str:
        """Run a shell script in a VM as root, through its guest agent; its standard output.

        :raises AssertionError: it fails.
        """
        quoted = script.replace("'", "'\\''")
        answer = json.loads(self.node(f"qm guest exec {vmid} -- sh -c '{quoted}'"))
        assert answer["exitcode"] == 0, f"{script}: {answer}"
        return str(answer.get("out-data", ""))

    def codes(self, *urls: str) -> dict[str, str]:
        """URL -> the code that it answers, or curl's own exit code as `curl N`; only the cluster's root is trusted."""
        one = 'c=$(curl -s -o /dev/null -m 20 -w "%{http_code}" "$u") || c="curl $?"; echo "$u $c"'
        said = self.run("sh", "-c", f'for u in "$@"; do {one}; done', "sh", *urls).stdout
        return dict(line.split(" ", 1) for line in said.splitlines())

    def urls(self) -> list[str]:
        """The URLs among the stack's outputs."""
        return sorted(
            json.loads(self.run("pulumi", "stack", "output", "--stack", "dev", "--json", "urls").stdout).values()
        )

    @contextmanager
    def portainer(self) -> Iterator[tuple[Any, str]]:
        """A session of Portainer's administrator, and the API's address."""
        import requests

        secret = (self.lab.place.secrets / "portainer_admin_password").read_text().strip()
        url = "https://10.0.0.111:9443/api"
        with self.lab.network(), requests.Session() as session:
            session.trust_env = False
            # a cookie would make the next change look forged
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.verify = str(self.lab.place.cluster_root)
            credentials = {"username": "admin", "password": secret}
            token = session.post(f"{url}/auth", json=credentials, timeout=30).json()["jwt"]
            session.headers["Authorization"] = f"Bearer {token}"
            yield session, url


def made(folder: Path) -> Iterator[Cluster]:
    """A lab that is up, with nothing in it yet."""
    lab = throwaway(folder / "state")
    lab.up()
    try:
        yield Cluster(lab, copy_checkout(folder / "checkout"))
    finally:
        lab.cli("destroy")


def said_of_failure(done: Said) -> str:
    """The engine's diagnostics and what follows, or everything; a whole run's progress would hide its end."""
    said = done.stdout + done.stderr
    return said[max(0, said.rfind("\nDiagnostics:")) :]


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[1]
