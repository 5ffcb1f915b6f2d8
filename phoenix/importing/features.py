"""What a guest is made able to do: the old system's list, its engine configuration, its scripts."""

from typing import Any

from phoenix.features.registry import FEATURES
from phoenix.importing.guest import NewGuest
from phoenix.importing.old import Old

_LEFT_OUT = {
    "docker_proxy": "a client's context of the old system; the product asks each Docker over SSH",
    "portainer": "Portainer and its agents are a stack of the Swarm",
    "python_api_service": "a service is described in full (service, command); the old file names the feature alone",
}
_VLLM = {
    "model": ("ModelConfig", "model"),
    "served_name": ("ServerConfig", "served_model_name"),
    "port": ("ServerConfig", "port"),
    "dtype": ("ModelConfig", "dtype"),
    "quantization": ("CacheConfig", "quantization"),
    "max_model_len": ("ModelConfig", "max_model_len"),
    "gpu_memory_utilization": ("CacheConfig", "gpu_memory_utilization"),
    "tensor_parallel_size": ("ParallelConfig", "tensor_parallel_size"),
    "trust_remote_code": ("ModelConfig", "trust_remote_code"),
}
_SCRIPTS = "the features do it, each with its own check: scripts do not come along"
_MISSING_SCRIPT = "the old system has no such script (its scripts were renumbered), so that it started nothing there"


def features(guest: NewGuest, clones: list[NewGuest]) -> None:
    """The guest's features; `clones` are the guests that are made from it."""
    file = guest.file
    names: list[str] = []
    found = guest.old.get("features")
    for each in found.entries() if found is not None else ():
        name = each.text()
        if name in _LEFT_OUT:
            guest.ledger.leave_out(each, _LEFT_OUT[name])
        elif name not in FEATURES:
            raise each.refuse(f"a feature that this program has: {', '.join(sorted({*FEATURES, *_LEFT_OUT}))}")
        elif name in names:
            guest.ledger.leave_out(each, "each feature once")
        elif name == "vllm":
            file.keep(("features", len(names), "name"), each)
            _vllm(guest, len(names), clones)
            names.append(name)
        else:
            file.keep(("features", len(names)), each)
            names.append(name)
    if "gateway" in (file.get("roles") or ()):
        _first(guest, names, "nginx", "the old system's script of this guest installed Nginx")
    elif _is_llamacpp(guest) and "llamacpp" not in names:
        place = ("features", len(names), "name")
        file.add(place, "llamacpp", "the service that the guest is named and routed for; the old script is missing")
        if (port := file.get("traefik_service", "port")) is not None:
            file.add(("features", len(names), "port"), port)
    if (script := guest.old.get("application_script")) is not None:
        missing = not {*names} & {"vllm", "step_ca", "traefik"} and "gateway" not in (file.get("roles") or ())
        guest.ledger.leave_out(script, _MISSING_SCRIPT if missing else _SCRIPTS)


def _first(guest: NewGuest, names: list[str], name: str, why: str) -> None:
    if name not in names:
        guest.file.add(("features", len(names)), name, why)
        names.append(name)


def _is_llamacpp(guest: NewGuest) -> bool:
    service = guest.old.get("traefik_service")
    named = service.get("name") if service is not None else None
    return "llamacpp" in guest.name.lower() or (named is not None and named.data == "llamacpp")


def _vllm(guest: NewGuest, index: int, clones: list[NewGuest]) -> None:
    engine = guest.old.get("vllm_engine_config")
    if engine is None:
        _as_its_clone(guest, index, clones)
        return
    for key, steps in _VLLM.items():
        if (found := _at(engine, *steps)) is not None:
            guest.file.keep(("features", index, key), found, _float(key, found.data))
    if (host := _at(engine, "ServerConfig", "host")) is not None:
        guest.ledger.leave_out(host, "vLLM listens on every address of its guest")


def _as_its_clone(guest: NewGuest, index: int, clones: list[NewGuest]) -> None:
    """A template serves nothing, but its description names a model: the one of a guest that is made from it."""
    for clone in clones:
        engine = clone.old.get("vllm_engine_config")
        if engine is None:
            continue
        for key in ("model", "served_name"):
            if (found := _at(engine, *_VLLM[key])) is not None:
                why = f"the feature names a model; a template serves none, so that it is that of guest {clone.vmid}"
                guest.file.add(("features", index, key), found.text(), why)
        return
    raise guest.old.refuse("a vllm_engine_config, here or in a guest that is cloned from it: vllm serves a model")


def _at(old: Old, *steps: str) -> Old | None:
    found: Old | None = old
    for step in steps:
        found = None if found is None else found.get(step)
    return found


def _float(key: str, value: Any) -> Any:
    whole = key == "gpu_memory_utilization" and isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole else value
