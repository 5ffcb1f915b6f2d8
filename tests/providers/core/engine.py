"""Stacks under the real engine, each with a state of its own in a folder."""

from collections.abc import Callable
from pathlib import Path

import pulumi.automation as auto
import pytest

from phoenix.settings import Settings

ROOT = Path(__file__).parents[3]
AGENT_SECRET = "a-secret-nobody-may-see"


def settings(folder: Path) -> Settings:
    """Settings that lead to no node; the secret of the agents is AGENT_SECRET."""
    file = folder / "credential"
    file.write_text("x")
    given: dict[str, object] = {
        "environment": "testing",
        "proxmox_token": "root@pam!phoenix=0000-1111",
        **dict.fromkeys(("proxmox_ca", "ssh_key", "known_hosts"), file),
        "portainer_admin_password": "a-long-password",
        "agent_secret": AGENT_SECRET,
    }
    return Settings.model_validate(given)


def prepare(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Gives `settings` to the process of the providers, which the engine starts."""
    values = {
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_RUN_PROGRAM": "true",
        "PYTHONPATH": str(ROOT),
        "PHOENIX_ENVIRONMENT": settings.environment,
        "PHOENIX_PROXMOX_TOKEN": settings.proxmox_token.get_secret_value(),
        "PHOENIX_PROXMOX_CA": str(settings.proxmox_ca),
        "PHOENIX_SSH_KEY": str(settings.ssh_key),
        "PHOENIX_KNOWN_HOSTS": str(settings.known_hosts),
        "PHOENIX_PORTAINER_ADMIN_PASSWORD": settings.portainer_admin_password.get_secret_value(),
        "PHOENIX_AGENT_SECRET": settings.agent_secret.get_secret_value(),
    }
    for key, value in values.items():
        monkeypatch.setenv(key, value)


def stack(room: Path, program: Callable[[], None], name: str = "test") -> auto.Stack:
    """The stack of that name whose state lies in `room`."""
    state, work = room / "state", room / "work"
    for folder in (state, work):
        folder.mkdir(parents=True, exist_ok=True)
    project = auto.ProjectSettings("phoenix", "python", backend=auto.ProjectBackend(f"file://{state}"))
    options = auto.LocalWorkspaceOptions(work_dir=str(work), project_settings=project)
    return auto.create_or_select_stack(name, project_name="phoenix", program=program, opts=options)


def recorded(room: Path) -> str:
    """The state as it lies on disk: an export through the Automation API would decrypt the secrets."""
    return "".join(file.read_text() for file in (room / "state").rglob("*.json*") if file.is_file())
