"""Pure rooms: a program that only reads and plans loads nothing that could reach another machine."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
REACHES_OUT = ("asyncssh", "docker", "requests", "proxmoxer", "pulumi", "jwcrypto", "urllib3", "phoenix.clients")
_LOAD = """
import importlib, pkgutil, sys
import phoenix.model, phoenix.plan, phoenix.features.registry, phoenix.importing.run
for module in pkgutil.walk_packages(phoenix.plan.__path__, "phoenix.plan."):
    importlib.import_module(module.name)
"""


def _loaded(more: str = "") -> set[str]:
    """Which of these libraries a new interpreter has loaded with the pure rooms, and with `more` of Python."""
    script = f"{_LOAD}{more}\nprint(*(name for name in {REACHES_OUT!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


def test_model_plan_and_features_load_nothing_that_reaches_out() -> None:
    assert _loaded() == set()


@pytest.mark.parametrize(
    ("module", "library"),
    [
        ("phoenix.clients.ssh", "phoenix.clients"),
        ("phoenix.features.nginx.parts", "phoenix.clients"),
        ("phoenix.clients.proxmox", "requests"),
        ("phoenix.pki.tokens", "jwcrypto"),
        ("phoenix.providers.inside.feature", "pulumi"),
    ],
)
def test_that_would_be_noticed(module: str, library: str) -> None:
    assert library in _loaded(f"import {module}")


def test_asyncssh_is_loaded_with_the_first_connection_only() -> None:
    """It takes a fifth of a second; the program, which makes no connection, would pay it before anything begins."""
    assert "asyncssh" not in _loaded("import components.stages, phoenix.program")
