"""The parts of `ollama`."""

from phoenix.features.download import Installed
from phoenix.features.given import Given
from phoenix.features.ollama import OllamaOptions
from phoenix.features.part import Directory, Health, Packages, Part, get
from phoenix.features.template import render
from phoenix.features.unit import Unit

BINARY = "/usr/local/bin/ollama"
# upstream's archive holds bin/ollama and the GPU libraries it looks for in ../lib
_INSTALL = """
case $file in
  *.tar.gz|*.tgz) tar -xzf "$file" -C /usr/local --no-same-owner --unlink-first ;;
  *) install -D -m 0755 "$file" "$path.new"; mv -fT "$path.new" "$path" ;;
esac
"""


def parts(options: OllamaOptions, given: Given) -> list[Part]:
    unit = render(__package__, "ollama.service.j2", binary=BINARY, port=options.port, models=options.models)
    return [
        Packages(("curl", "ca-certificates")),
        Installed("ollama", given.artifacts["ollama"], BINARY, _INSTALL),
        Directory(options.models),
        Unit("ollama", unit, files=(BINARY,)),
        Health("Ollama", get(f"http://127.0.0.1:{options.port}/api/tags"), "ollama"),
    ]
