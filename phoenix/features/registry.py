"""Every feature by its name."""

from collections.abc import Mapping
from typing import Any

from phoenix.features import (
    base_setup,
    docker,
    llamacpp,
    nginx,
    nvidia,
    ollama,
    python_api_service,
    step_ca,
    step_cli,
    traefik,
    trusted_ca,
    vllm,
)
from phoenix.features.feature import Feature

FEATURES: Mapping[str, Feature[Any]] = {
    feature.name: feature
    for feature in (
        base_setup.FEATURE,
        trusted_ca.FEATURE,
        step_cli.FEATURE,
        step_ca.FEATURE,
        traefik.FEATURE,
        nginx.FEATURE,
        docker.FEATURE,
        nvidia.FEATURE,
        vllm.FEATURE,
        ollama.FEATURE,
        llamacpp.FEATURE,
        python_api_service.FEATURE,
    )
}
