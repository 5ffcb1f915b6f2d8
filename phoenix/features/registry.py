"""Every feature by its name."""

from collections.abc import Mapping
from importlib import import_module

from phoenix.features.feature import AnyFeature

_NAMES = (
    "base_setup",
    "trusted_ca",
    "step_cli",
    "step_ca",
    "traefik",
    "nginx",
    "docker",
    "nvidia",
    "vllm",
    "ollama",
    "llamacpp",
    "python_api_service",
)
"""Folders beside this file, in the order in which people are told of them."""

FEATURES: Mapping[str, AnyFeature] = {name: import_module(f"phoenix.features.{name}").FEATURE for name in _NAMES}
