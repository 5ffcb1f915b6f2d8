"""The parts of `python_api_service`."""

import shlex

from phoenix.features.given import Given
from phoenix.features.part import File, Health, Packages, Part, Script, get
from phoenix.features.python_api_service import PythonServiceOptions
from phoenix.features.template import render
from phoenix.features.unit import Unit

_MADE = '[ -x "$1/bin/python" ] && cmp -s "$2" "$1/installed.txt"'
_MAKE = """
[ -x "$1/bin/python" ] || python3 -m venv "$1" >&2
if [ -s "$2" ]; then "$1/bin/pip" install --disable-pip-version-check --no-input --timeout 60 -r "$2" >&2; fi
cp "$2" "$1/installed.txt"
"""


def parts(options: PythonServiceOptions, _given: Given) -> list[Part]:
    home = f"/opt/{options.name}"
    wanted, made = f"/etc/{options.name}/requirements.txt", f"{home}/installed.txt"
    command = shlex.join(word.replace("{python}", f"{home}/bin/python") for word in options.command)
    values = {"name": options.name, "command": command, "directory": options.directory}
    unit = render(__package__, "service.j2", environment=options.environment, **values)
    described: list[Part] = [
        Packages(("curl", "python3-venv", "python3-pip")),
        File(wanted, "".join(f"{line}\n" for line in options.requirements)),
        Script("virtual environment", _MADE, _MAKE, (home, wanted), timeout=1800.0),
        Unit(options.name, unit, files=(made,)),
    ]
    if options.health:
        url = f"http://127.0.0.1:{options.port}{options.health}"
        described.append(Health(options.name, get(url), options.name))
    return described
