"""Starts a Portainer server (the lab's own, or the real one) on loopback, and speaks to it."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import requests

from tests.ports import free_port

PASSWORD = "correct-horse-battery"
START_S = 20.0


@dataclass
class Portainer:
    """One server: its folders, its certificate, and the address while it runs."""

    program: Path
    home: Path
    certificate: Path
    key: Path
    secret: str = "agents-secret"
    port: int = field(default_factory=lambda: free_port())

    @property
    def url(self) -> str:
        """Base of the API."""
        return f"https://127.0.0.1:{self.port}/api"

    @contextmanager
    def running(self, *arguments: str) -> Iterator["Portainer"]:
        """Run it until the block ends; AssertionError with its log when it does not answer."""
        assets = self.home / "assets"
        (assets / "public").mkdir(parents=True, exist_ok=True)
        (assets / "public" / "index.html").write_text("front page")
        for name in ("docker", "docker-compose"):
            (assets / name).touch(mode=0o755)
        command = [str(self.program), "--data", str(self.home / "data"), "--assets", str(assets)]
        command += ["--bind", f"127.0.0.1:{free_port()}", "--bind-https", f"127.0.0.1:{self.port}"]
        command += ["--tunnel-addr", "127.0.0.1", "--tunnel-port", str(free_port()), "--no-analytics"]
        command += ["--sslcert", str(self.certificate), "--sslkey", str(self.key), *arguments]
        log = self.home / "log"
        with log.open("ab") as out:
            environment = {**os.environ, "AGENT_SECRET": self.secret}
            process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            self._await(process, log)
            yield self
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    def _await(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if self.call("GET", "/system/status").status_code == 200:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise AssertionError(f"{self.program} does not answer:\n{log.read_text()[-2000:]}")

    def call(self, method: str, path: str, token: str | None = None, **options: object) -> requests.Response:
        """One request, without cookies, verified against the test's certificate."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with requests.Session() as session:
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.verify = str(self.certificate)
            session.headers.update(headers)
            return session.request(method, self.url + path, timeout=30, **options)  # type: ignore[arg-type]

    def claim(self) -> requests.Response:
        """Create the administrator."""
        return self.call("POST", "/users/admin/init", json={"Username": "admin", "Password": PASSWORD})

    def login(self) -> str:
        """A session token of the administrator."""
        answer = self.call("POST", "/auth", json={"Username": "admin", "Password": PASSWORD})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["jwt"]
        return token
