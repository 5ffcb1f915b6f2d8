"""Ollama, serving whatever models its directory holds."""

from typing import Literal

from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.surroundings import Surroundings
from phoenix.vocabulary.numbers import Port


class Ollama(Declared):
    """An ollama server on every address of the guest."""

    name: Literal["ollama"]
    port: Port = 11434
    """Where it listens, on every address of the guest."""


class OllamaOptions(Options):
    """`port` on every address of the guest; `models` is the directory that keeps the models."""

    port: int = 11434
    models: str = "/var/lib/ollama/models"


def _resolve(declared: Ollama, _around: Surroundings) -> OllamaOptions:
    return OllamaOptions(port=declared.port)


FEATURE = Feature(Ollama, options=OllamaOptions, resolve=_resolve, artifacts=("ollama",), unit="ollama")
