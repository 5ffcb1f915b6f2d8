"""The parts of `vllm`."""

import shlex

from phoenix.features.download import Installed
from phoenix.features.given import Given
from phoenix.features.part import Health, Packages, Part, get
from phoenix.features.template import render
from phoenix.features.unit import Unit
from phoenix.features.vllm import VllmOptions

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


def parts(options: VllmOptions, given: Given) -> list[Part]:
    program = f"{HOME}/bin/vllm"
    python = ("python3-venv",) if given.artifacts["vllm"].url.endswith(".whl") else ()
    described: list[Part] = [
        Packages(("curl", "ca-certificates", *python)),
        Installed("vllm", given.artifacts["vllm"], program, _INSTALL),
    ]
    if options.model:
        command = [program, "serve", options.model, "--host", "0.0.0.0", "--port", str(options.port)]
        unit = render(__package__, "vllm.service.j2", command=shlex.join([*command, *options.arguments]), home=HOME)
        url = f"http://127.0.0.1:{options.port}/health"
        described.append(Unit("vllm_model_server", unit, files=(program,)))
        described.append(Health("the model server", get(url), "vllm_model_server", options.health_seconds))
    return described
