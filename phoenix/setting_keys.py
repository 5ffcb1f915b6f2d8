"""Which settings a stack may have: a misspelt one would otherwise be silently without effect."""

import difflib
from collections.abc import Iterable

from phoenix.model import Cluster
from phoenix.settings import Settings, SettingsError

NAMESPACE = "phoenix:"
EVERY = "*"


def check(given: Iterable[str], cluster: Cluster) -> None:
    """`given` are full keys of the stack's configuration (`phoenix:protect`); other namespaces are not looked at.

    Secrets that some stack's environment refers to are settings too, whether or not it is deployed.
    Raises SettingsError with every unknown key at once.
    """
    secrets = {
        key for stack in cluster.stacks for environment in stack.environments.values() for key in environment.settings
    }
    known = sorted({field.alias or name for name, field in Settings.model_fields.items()} | secrets)
    unknown = [key for key in sorted(given) if key.startswith(NAMESPACE) and key.removeprefix(NAMESPACE) not in known]
    if unknown:
        lines = [f"  {key}: unknown setting; {_allowed(key.removeprefix(NAMESPACE), known)}" for key in unknown]
        raise SettingsError("\n".join(["the stack's settings are not usable:", *lines]))


def check_renewals(asked: Iterable[str], cluster: Cluster) -> None:
    """Raises SettingsError for every certificate that shall be renewed (`*`: all), but that the manifest lacks."""
    known = [each.name for each in cluster.certificates]
    unknown = [name for name in asked if name not in (EVERY, *known)]
    if unknown:
        lines = [
            f"  {NAMESPACE}renewCertificates: no certificate {name}; {_allowed(name, known, '')}" for name in unknown
        ]
        raise SettingsError("\n".join(["the stack's settings are not usable:", *lines]))


def check_rotations(asked: Iterable[str], generated: Iterable[str]) -> None:
    """Raises SettingsError for every secret that shall be drawn anew (`*`: all), but is not among the `generated`."""
    known = list(generated)
    unknown = [name for name in asked if name not in (EVERY, *known)]
    if unknown:
        lines = [
            f"  {NAMESPACE}rotateSecrets: no generated secret {name}; {_allowed(name, known, '')}" for name in unknown
        ]
        raise SettingsError("\n".join(["the stack's settings are not usable:", *lines]))


def _allowed(given: str, known: list[str], prefix: str = NAMESPACE) -> str:
    close = difflib.get_close_matches(given, known, n=1)
    return f"did you mean {prefix}{close[0]}?" if close else f"allowed are {', '.join(known) or 'none'}"
