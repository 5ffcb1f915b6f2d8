"""Options of each guest's features: what the operator wrote, and what follows from the cluster."""

from typing import Any

from phoenix.features.registry import FEATURES
from phoenix.model import (
    Cluster,
    Feature,
    FeatureName,
    Llamacpp,
    LxcGuest,
    Mount,
    Ollama,
    PythonApiService,
    Vllm,
    VmGuest,
)


def authority_directory(cluster: Cluster) -> str:
    """Step-CA's directory as the node sees it: where the CA guest's bind mount comes from.

    Raises KeyError when the CA guest mounts no directory of the node there.
    """
    mounts: tuple[Mount, ...] = getattr(cluster.ca_guest, "mounts", ())
    for mount in mounts:
        if mount.container_path == cluster.ca.directory:
            return mount.host_path
    raise KeyError(
        f"guest {cluster.ca_guest.vmid} needs a mount at {cluster.ca.directory}: the node reads the root there"
    )


def root_path(cluster: Cluster) -> str:
    """The root certificate on the node: the anchor that everything is verified against."""
    return f"{authority_directory(cluster)}/certs/root_ca.crt"


def options(
    cluster: Cluster, guest: LxcGuest | VmGuest, feature: Feature, *, registry_mirror: str | None
) -> dict[str, Any]:
    """The feature's options, as the class of that name in `phoenix.features` takes them."""
    if isinstance(feature, Vllm):
        return _vllm(guest, feature)
    if isinstance(feature, Ollama):
        return {"port": feature.port}
    if isinstance(feature, Llamacpp):
        return {"model": feature.model or "", "port": feature.port, "arguments": list(feature.arguments)}
    if isinstance(feature, PythonApiService):
        return {**feature.model_dump(mode="json", exclude={"service"}), "name": feature.service}
    match feature.name:
        case FeatureName.TRUSTED_CA:
            return {"root": root_path(cluster)}
        case FeatureName.STEP_CLI:
            return {"root": root_path(cluster), "ca_url": cluster.ca_url}
        case FeatureName.STEP_CA:
            return _step_ca(cluster)
        case FeatureName.TRAEFIK:
            return {"trusted_ips": [cluster.gateway.address]}
        case FeatureName.DOCKER:
            return _docker(cluster, guest, registry_mirror)
    return {}


def artifact_names(cluster: Cluster) -> tuple[str, ...]:
    """Names of every artifact that some guest's features need, each once."""
    return tuple(dict.fromkeys(name for guest in cluster.guests for each in guest.features for name in _needs(each)))


def _needs(feature: Feature) -> tuple[str, ...]:
    return FEATURES[feature.name].artifacts


def _step_ca(cluster: Cluster) -> dict[str, Any]:
    ca = cluster.ca
    return {
        "name": ca.name,
        "provisioner": ca.provisioner,
        "dns_names": list(ca.dns_names),
        "steppath": ca.directory,
        "port": ca.port,
        "max_duration": f"{ca.max_lifetime_hours}h",
        "default_duration": f"{min(24, ca.max_lifetime_hours)}h",
    }


def _docker(cluster: Cluster, guest: LxcGuest | VmGuest, registry_mirror: str | None) -> dict[str, Any]:
    return {
        "dns": [str(cluster.node.ip)],
        "registry_mirror": registry_mirror or "",
        "user": guest.ssh_user if isinstance(guest, VmGuest) else "",
    }


def _vllm(guest: LxcGuest | VmGuest, feature: Vllm) -> dict[str, Any]:
    flags: dict[str, object] = {
        "served-model-name": feature.served_name,
        "dtype": feature.dtype,
        "quantization": feature.quantization,
        "max-model-len": feature.max_model_len,
        "gpu-memory-utilization": feature.gpu_memory_utilization,
        "tensor-parallel-size": feature.tensor_parallel_size,
    }
    arguments = [word for flag, value in flags.items() if value is not None for word in (f"--{flag}", str(value))]
    if feature.trust_remote_code:
        arguments.append("--trust-remote-code")
    # a template is only cloned: it needs the program, not a running model
    return {"model": "" if guest.template else feature.model, "port": feature.port, "arguments": arguments}
