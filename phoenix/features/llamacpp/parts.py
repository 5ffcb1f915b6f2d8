"""The parts of `llamacpp`."""

import shlex

from phoenix.features.download import Installed
from phoenix.features.given import Given
from phoenix.features.llamacpp import LlamaOptions
from phoenix.features.part import Health, Packages, Part, get
from phoenix.features.template import render
from phoenix.features.unit import Unit

HOME = "/opt/llamacpp"
# upstream's archive holds the program beside its shared libraries: all of it moves together
_INSTALL = """
case $file in
  *.tar.gz|*.tgz)
    mkdir "$work/all"; tar -xzf "$file" -C "$work/all" --no-same-owner
    found=$(find "$work/all" -type f -name llama-server | head -n 1)
    [ -n "$found" ] || { echo "no llama-server in $url" >&2; exit 1; }
    mkdir -p "$(dirname "$path")"
    cp -af --remove-destination "$(dirname "$found")/." "$(dirname "$path")/"
    touch "$path" ;;
  *) install -D -m 0755 "$file" "$path.new"; mv -fT "$path.new" "$path" ;;
esac
"""


def parts(options: LlamaOptions, given: Given) -> list[Part]:
    program = f"{HOME}/llama-server"
    command = [program, "--host", "0.0.0.0", "--port", str(options.port)]
    command += ["--model", options.model] if options.model else []
    unit = render(__package__, "llamacpp.service.j2", command=shlex.join([*command, *options.arguments]), home=HOME)
    return [
        Packages(("curl", "ca-certificates")),
        Installed("llamacpp", given.artifacts["llamacpp"], program, _INSTALL),
        Unit("llamacpp", unit, files=(program,)),
        Health("llama.cpp", get(f"http://127.0.0.1:{options.port}/health"), "llamacpp", options.health_seconds),
    ]
