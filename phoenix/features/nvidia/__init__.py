"""NVIDIA's user space of the version that the node's kernel module has; the module itself is the node's."""

from typing import Literal

from phoenix.features.feature import Declared, Feature, Options


class Nvidia(Declared):
    """NVIDIA's user space."""

    name: Literal["nvidia"]


class NvidiaOptions(Options):
    """`packages` that the toolkit needs besides the runfile (a CUDA toolkit from a configured repository)."""

    packages: tuple[str, ...] = ()


FEATURE = Feature(Nvidia, options=NvidiaOptions, artifacts=("nvidia",), needs_gpu=True)
