"""vLLM in a virtual environment of its own, serving one model where the guest has one."""

from typing import Annotated, Literal

from pydantic import Field

from phoenix.features.feature import Declared, Feature, Options
from phoenix.features.surroundings import Surroundings
from phoenix.vocabulary.names import Argument
from phoenix.vocabulary.numbers import Bool, Port, PositiveInt


class Vllm(Declared):
    """A vLLM server for one model, on the guest's GPUs."""

    name: Literal["vllm"]
    model: Argument
    """Hugging Face name, `ibm-granite/granite-embedding-english-r2`."""
    served_name: Argument
    """Name under which clients ask for the model."""
    port: Port = 8000
    """Where it listens, on every address of the guest."""
    dtype: Argument = "auto"
    """Type of the weights in memory."""
    quantization: Argument | None = None
    """How the model is quantized; None: as it is."""
    max_model_len: PositiveInt | None = None
    """Tokens; None leaves the model's own."""
    gpu_memory_utilization: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.9
    """Share of each GPU's memory."""
    tensor_parallel_size: PositiveInt = 1
    """Number of GPUs that one model is spread over."""
    trust_remote_code: Bool = False
    """Whether code of the model's repository may run."""


class VllmOptions(Options):
    """`model` to serve, empty for a template that serves none; `arguments` go to `vllm serve` as they are."""

    model: str = ""
    port: int = 8000
    arguments: tuple[str, ...] = ()
    health_seconds: int = 600


def _resolve(declared: Vllm, around: Surroundings) -> VllmOptions:
    flags: dict[str, object] = {
        "served-model-name": declared.served_name,
        "dtype": declared.dtype,
        "quantization": declared.quantization,
        "max-model-len": declared.max_model_len,
        "gpu-memory-utilization": declared.gpu_memory_utilization,
        "tensor-parallel-size": declared.tensor_parallel_size,
    }
    arguments = [word for flag, value in flags.items() if value is not None for word in (f"--{flag}", str(value))]
    if declared.trust_remote_code:
        arguments.append("--trust-remote-code")
    # a template is only cloned: it needs the program, not a running model
    model = "" if around.template else declared.model
    return VllmOptions(model=model, port=declared.port, arguments=tuple(arguments))


FEATURE = Feature(
    Vllm,
    options=VllmOptions,
    resolve=_resolve,
    artifacts=("vllm",),
    unit="vllm_model_server",
    needs_gpu=True,
)
