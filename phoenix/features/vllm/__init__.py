"""vLLM in a virtual environment of its own, serving one model where the guest has one."""

import shlex

from phoenix.features.download import Installed
from phoenix.features.feature import Feature, Given, Options, render
from phoenix.features.part import Health, Packages, Part, get
from phoenix.features.unit import Unit

HOME = "/opt/vllm"
# a wheel brings its dependencies through pip; anything else is taken for a program that needs none
_INSTALL = f"""
case $file in
  *.whl)
    [ -x {HOME}/bin/python ] || python3 -m venv {HOME} >&2
    {HOME}/bin/pip install --disable-pip-version-check --no-input --timeout 60 --force-reinstall "$file" >&2 ;;
  *) install -D -m 0755 "$file" "$path.new"; mv -fT "$path.new" "$path" ;;
esac
"""


class VllmOptions(Options):
    """`model` to serve, empty for a template that serves none; `arguments` go to `vllm serve` as they are."""

    model: str = ""
    port: int = 8000
    arguments: tuple[str, ...] = ()
    health_seconds: int = 600


def _parts(options: VllmOptions, given: Given) -> list[Part]:
    program = f"{HOME}/bin/vllm"
    python = ("python3-venv",) if given.artifacts["vllm"].url.endswith(".whl") else ()
    parts: list[Part] = [
        Packages(("curl", "ca-certificates", *python)),
        Installed("vllm", given.artifacts["vllm"], program, _INSTALL),
    ]
    if options.model:
        command = [program, "serve", options.model, "--host", "0.0.0.0", "--port", str(options.port)]
        unit = render(__name__, "vllm.service.j2", command=shlex.join([*command, *options.arguments]), home=HOME)
        url = f"http://127.0.0.1:{options.port}/health"
        parts.append(Unit("vllm_model_server", unit, files=(program,)))
        parts.append(Health("the model server", get(url), "vllm_model_server", options.health_seconds))
    return parts


FEATURE = Feature("vllm", VllmOptions, _parts, artifacts=("vllm",))
