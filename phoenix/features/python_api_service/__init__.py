"""A Python service of the operator's own: a virtual environment, its requirements, and a unit."""

import shlex

from phoenix.features.feature import Feature, Given, Options, render
from phoenix.features.part import File, Health, Packages, Part, Script, get
from phoenix.features.unit import Unit

_MADE = '[ -x "$1/bin/python" ] && cmp -s "$2" "$1/installed.txt"'
_MAKE = """
[ -x "$1/bin/python" ] || python3 -m venv "$1" >&2
if [ -s "$2" ]; then "$1/bin/pip" install --disable-pip-version-check --no-input --timeout 60 -r "$2" >&2; fi
cp "$2" "$1/installed.txt"
"""


class PythonServiceOptions(Options):
    """A service `name` (its unit's name too) that runs `command`; a word `{python}` is the environment's Python.

    `requirements` are lines for pip; `health`, if not empty, is the path on `port` that must answer.
    """

    name: str
    command: tuple[str, ...]
    directory: str = "/opt"
    requirements: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    port: int = 8000
    health: str = ""


def _parts(options: PythonServiceOptions, _given: Given) -> list[Part]:
    home = f"/opt/{options.name}"
    wanted, made = f"/etc/{options.name}/requirements.txt", f"{home}/installed.txt"
    command = shlex.join(word.replace("{python}", f"{home}/bin/python") for word in options.command)
    values = {"name": options.name, "command": command, "directory": options.directory}
    unit = render(__name__, "service.j2", environment=options.environment, **values)
    parts: list[Part] = [
        Packages(("curl", "python3-venv", "python3-pip")),
        File(wanted, "".join(f"{line}\n" for line in options.requirements)),
        Script("virtual environment", _MADE, _MAKE, (home, wanted), timeout=1800.0),
        Unit(options.name, unit, files=(made,)),
    ]
    if options.health:
        url = f"http://127.0.0.1:{options.port}{options.health}"
        parts.append(Health(options.name, get(url), options.name))
    return parts


FEATURE = Feature("python_api_service", PythonServiceOptions, _parts)
