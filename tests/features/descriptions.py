"""Options for features that take or deserve some, for tests that go over all features."""

from typing import Any

from phoenix.features.assembly import describe
from phoenix.features.given import Given
from phoenix.features.part import Part
from phoenix.features.registry import FEATURES
from phoenix.features.step_ca.files import Authority, make
from phoenix.specs.artifact import Artifact

ROOT = make(Authority("Test", "admin@example.org", ["ca"], ":0", "/x", {})).files["certs/root_ca.crt"][0]
OPTIONS: dict[str, dict[str, Any]] = {
    "trusted_ca": {"root": "/node/root_ca.crt"},
    "step_cli": {"root": "/node/root_ca.crt", "ca_url": "https://10.0.0.10:9000"},
    "step_ca": {"dns_names": ["ca.example.org", "10.0.0.10"]},
    "traefik": {"trusted_ips": ["10.0.0.153"]},
    "docker": {"dns": ["10.0.0.13"], "registry_mirror": "https://10.0.0.13:5000", "user": "phoenix_user"},
    "vllm": {"model": "ibm-granite/granite-embedding-english-r2", "arguments": ["--dtype", "auto"]},
    "llamacpp": {"model": "/models/it's one.gguf"},
    "python_api_service": {
        "name": "orders",
        "command": ["{python}", "-m", "orders"],
        "requirements": ["flask==3"],
        "environment": {"A": "b c"},
        "health": "/health",
    },
}


def given(feature: str, kind: Any = "lxc", sha256: str = "a" * 64) -> Given:
    names = FEATURES[feature].artifacts
    url = "http://127.0.0.1:1/{}"
    artifacts = {name: Artifact(version="1.0", url=url.format(name), sha256=sha256) for name in names}
    return Given(kind, artifacts, {"root": ROOT})


def parts(feature: str, kind: Any = "lxc", **more: Any) -> tuple[Part, ...]:
    return describe(FEATURES[feature], {**OPTIONS.get(feature, {}), **more}, given(feature, kind))
