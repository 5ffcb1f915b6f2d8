"""What can be installed in a guest, and the options of each."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from phoenix.model.base import AbsolutePath, Argument, Bool, Model, Port, PositiveInt, Slug


class FeatureName(StrEnum):
    BASE_SETUP = "base_setup"
    TRUSTED_CA = "trusted_ca"
    STEP_CLI = "step_cli"
    STEP_CA = "step_ca"
    TRAEFIK = "traefik"
    NGINX = "nginx"
    DOCKER = "docker"
    NVIDIA = "nvidia"
    VLLM = "vllm"
    OLLAMA = "ollama"
    LLAMACPP = "llamacpp"
    PYTHON_API_SERVICE = "python_api_service"


class PlainFeature(Model):
    """A feature without options, written as its name alone."""

    name: Literal[
        FeatureName.BASE_SETUP,
        FeatureName.TRUSTED_CA,
        FeatureName.STEP_CLI,
        FeatureName.STEP_CA,
        FeatureName.TRAEFIK,
        FeatureName.NGINX,
        FeatureName.DOCKER,
        FeatureName.NVIDIA,
    ]


class Vllm(Model):
    """A vLLM server for one model, on the guest's GPUs."""

    name: Literal[FeatureName.VLLM]
    model: Argument
    """Hugging Face name, `ibm-granite/granite-embedding-english-r2`."""
    served_name: Argument
    port: Port = 8000
    dtype: Argument = "auto"
    quantization: Argument | None = None
    max_model_len: PositiveInt | None = None
    """Tokens; None leaves the model's own."""
    gpu_memory_utilization: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.9
    """Share of each GPU's memory."""
    tensor_parallel_size: PositiveInt = 1
    """Number of GPUs that one model is spread over."""
    trust_remote_code: Bool = False


class Ollama(Model):
    """An ollama server on every address of the guest."""

    name: Literal[FeatureName.OLLAMA]
    port: Port = 11434


class Llamacpp(Model):
    """llama.cpp's server."""

    name: Literal[FeatureName.LLAMACPP]
    port: Port = 8081
    model: AbsolutePath | None = None
    """A GGUF file in the guest; None starts the server without one."""
    arguments: tuple[Argument, ...] = ()
    """Further arguments for the server."""


class PythonApiService(Model):
    """A Python service of the operator's own: a virtual environment, its requirements, and a systemd unit."""

    name: Literal[FeatureName.PYTHON_API_SERVICE]
    service: Slug
    """Name of the unit, and of its directory below /opt."""
    command: Annotated[tuple[Argument, ...], Field(min_length=1)]
    """What runs; a word `{python}` is the environment's Python."""
    directory: AbsolutePath = "/opt"
    """Where it runs."""
    requirements: tuple[Argument, ...] = ()
    """Lines for pip."""
    environment: dict[str, str] = Field(default_factory=dict)
    port: Port = 8000
    health: Annotated[str, Field(pattern=r"^(/\S*)?$")] = ""
    """Path on the port that must answer; empty for none."""


_UNITS: Mapping[FeatureName, str] = {
    FeatureName.STEP_CA: "step-ca",
    FeatureName.TRAEFIK: "traefik",
    FeatureName.NGINX: "nginx",
    FeatureName.DOCKER: "docker-tls",
    FeatureName.VLLM: "vllm_model_server",
    FeatureName.OLLAMA: "ollama",
    FeatureName.LLAMACPP: "llamacpp",
}

NEEDS_OPTIONS = frozenset({FeatureName.VLLM, FeatureName.PYTHON_API_SERVICE})
"""Features that cannot be written as a name alone."""


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class _NameOrOptions:
    """Lets editors accept `- docker` beside `- {name: vllm, ...}`."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        names = [name.value for name in FeatureName if name not in NEEDS_OPTIONS]
        return {"anyOf": [{"type": "string", "enum": names}, handler(schema)]}


Feature: TypeAlias = Annotated[
    Annotated[PlainFeature | Vllm | Ollama | Llamacpp | PythonApiService, Field(discriminator="name")],
    BeforeValidator(_named),
    _NameOrOptions,
]


def unit_of(feature: PlainFeature | Vllm | Ollama | Llamacpp | PythonApiService) -> str | None:
    """The systemd unit that the feature brings and that a new certificate may reload, None without one."""
    return feature.service if isinstance(feature, PythonApiService) else _UNITS.get(feature.name)
