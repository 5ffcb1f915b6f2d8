"""llama.cpp's server with one model."""

from typing import Literal

from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.surroundings import Surroundings
from phoenix.vocabulary.files import AbsolutePath
from phoenix.vocabulary.names import Argument
from phoenix.vocabulary.numbers import Port


class Llamacpp(Declared):
    """llama.cpp's server."""

    name: Literal["llamacpp"]
    port: Port = 8081
    """Where it listens, on every address of the guest."""
    model: AbsolutePath | None = None
    """A GGUF file in the guest; None starts the server without one."""
    arguments: tuple[Argument, ...] = ()
    """Further arguments for the server."""


class LlamaOptions(Options):
    """`model` is a GGUF file in the guest, empty for none; `arguments` go to llama-server as they are."""

    model: str = ""
    port: int = 8081
    arguments: tuple[str, ...] = ()
    health_seconds: int = 300


def _resolve(declared: Llamacpp, _around: Surroundings) -> LlamaOptions:
    return LlamaOptions(model=declared.model or "", port=declared.port, arguments=declared.arguments)


FEATURE = Feature(Llamacpp, options=LlamaOptions, resolve=_resolve, artifacts=("llamacpp",), unit="llamacpp")
