"""Every secret that a converged lab holds, and where one of them stands in a text."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from lab.testing import Throwaway

# Shorter lines of a key's text would be found by chance.
SHORTEST = 24
KEYS = (
    "cat /quickOS/certificates/*/key.pem /quickOS/lxc-persistent-data/103/ssl/secrets/*"
    " /quickOS/lxc-persistent-data/101/ssl/*.key /quickOS/lxc-persistent-data/102/certs/*key*"
)
PASSWORDS = "cat /quickOS/lxc-persistent-data/103/ssl/*password*"
JOIN_TOKEN = "SWMTKN-1-"


def secrets(lab: Throwaway) -> dict[str, str]:
    """What it is -> the secret, or one line of it: the runner's, and what the cluster's node holds."""
    found: dict[str, str] = {"a join token of the Swarm": JOIN_TOKEN}
    for path in lab.place.secrets.iterdir():
        if path.suffix == ".pub" or path.name in ("ca.pem", "pve.pem", "registry.pem", "known_hosts"):
            continue
        found |= _lines(path.name, path.read_text())
    for name, script in (("a key on the node", KEYS), ("a password on the node", PASSWORDS)):
        done = lab.node(script)
        assert done.returncode == 0, done.stderr
        found |= _lines(name, done.stdout)
    return found


def leaks(texts: Mapping[str, str], hidden: Mapping[str, str]) -> list[str]:
    """Where which secret stands; never the secret itself."""
    return [f"{what} in {where}" for where, text in texts.items() for what, secret in hidden.items() if secret in text]


def files_below(folder: Path) -> dict[str, str]:
    """Every file's text, by its path."""
    return {str(path): path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()}


def numbered(texts: Iterable[str]) -> dict[str, str]:
    """Each run's words, by their number."""
    return {f"output {number}": text for number, text in enumerate(texts)}


def _lines(name: str, text: str) -> dict[str, str]:
    lines = [line.strip() for line in text.splitlines()]
    long = [line for line in lines if len(line) >= SHORTEST and not line.startswith("-----")]
    return {f"{name}, line {number}": line for number, line in enumerate(long, 1)}
