"""The oracle: labels give what Traefik's own Swarm provider makes of them, by a real Swarm and two real Traefiks."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from phoenix.model import load
from phoenix.model.traefik.fields import fields_of
from phoenix.plan import traefik
from tests.model.conftest import SMALL
from tests.plan import throwaway
from tests.plan.label_cases import CASES, H, M, R, S, of_every_field
from tests.plan.traefik_process import Traefik, running
from tests.providers.swarm import swarm_engine

KINDS = ("routers", "services", "middlewares")
PORTS = 3
"""How many of each service's container ports are published, from 80 on."""


_VALID = {
    "chain.middlewares": "chain-a, chain-b@docker",
    "errors.service": "plain",
    "basicAuth.users": "a:b, c:d",
    "digestAuth.users": "a:b:c, d:e:f",
    "compress.encodings": "br, gzip",
    "ipAllowList.sourceRange": "10.0.0.0/8, ::1",
    "ipWhiteList.sourceRange": "10.0.0.0/8, ::1",
}
_ALONE = ("compress.includedContentTypes", "requestHeaderName", "requestHost")
"""Fields that cannot stand beside others."""


def _fields_of_a_middleware() -> list[str]:
    """A middleware for every kind that Traefik has, with every field that labels can set."""
    every = {**of_every_field("Middleware", ""), **{f".{key}": value for key, value in _VALID.items()}}
    found = []
    for key, value in every.items():
        kind, field = key.split(".")[1].lower(), key.rsplit(".")[-1].lower()
        name = f"{kind}-{field}" if key.endswith(_ALONE) else kind
        found.append(f"{M}.every-{name}{key}={value}")
    return found


def _fields_of_a_service() -> list[str]:
    own = {"port": "80", "scheme": "http", "strategy": "hrw", "serversTransport": "default@internal"}
    every = of_every_field("Service", f"{S}.every")
    found = {key: own.get(key.rsplit(".", 1)[-1], value) for key, value in every.items()}
    del found[f"{S}.every.loadBalancer.server.url"]
    found[f"{S}.every.loadBalancer.healthCheck.port"] = "81"
    found[f"{S}.every.loadBalancer.healthCheck.scheme"] = "http"
    return [f"{key}={value}" for key, value in found.items()]


ALL = {
    **CASES,
    "every-middleware": [f"{R}.every-middleware.rule=Host(`every.example.test`)", *_fields_of_a_middleware()],
    "every-service": [f"{R}.every-service.rule=Host(`every-service.example.test`)", *_fields_of_a_service()],
}


def _complete(case: str, labels: list[str]) -> list[str]:
    """The labels with what the provider needs here: nothing runs, so that addresses are those of the services."""
    keys = [label.partition("=")[0].lower() for label in labels]
    more = ["traefik.swarm.lbswarm=true"]
    if "traefik.enable" not in keys:
        more.append("traefik.enable=true")
    if not any(key.endswith("server.port") for key in keys):
        more.append(f"{S}.{case}.loadbalancer.server.port=80")
    return [*labels, *more]


def _compose() -> dict[str, Any]:
    """A compose file with every case; labels are lists and mappings in turn."""
    services = {}
    for number, (case, labels) in enumerate(ALL.items()):
        every = _complete(case, labels)
        form = every if number % 2 else dict(each.split("=", 1) for each in every)
        # the same number where a health check names a port
        ports = [
            {"target": 80 + at, "published": 80 + at if case == "every-service" else 10000 + PORTS * number + at}
            for at in range(PORTS)
        ]
        services[case] = {
            "image": "none",
            "ports": [{**each, "mode": "host"} for each in ports],
            "deploy": {"labels": form},
        }
    return {"version": "3.8", "services": services}


@dataclass(frozen=True)
class Seen:
    """What a Traefik's API shows of one provider, and its log."""

    kinds: dict[str, dict[str, dict[str, Any]]]
    log: str


def _seen(found: Traefik, provider: str) -> Seen:
    return Seen({kind: found.http(kind, provider) for kind in KINDS}, found.log.read_text())


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Seen, Seen]]:
    """What Traefik shows by its Swarm provider, and with our file."""
    if shutil.which("docker") is None:
        pytest.skip("docker, which deploys stacks, is not installed")
    folder = tmp_path_factory.mktemp("labels")
    text = json.dumps(_compose())
    (folder / "theirs").mkdir()
    # what people wrote for Traefik's provider of containers; here it is that of a Swarm
    (folder / "theirs" / "compose.yaml").write_text(text.replace("@docker", "@swarm"))
    ours = Path(shutil.copytree(SMALL, folder / "ours"))
    (ours / "stacks" / "web" / "compose.yaml").write_text(text)
    (ours / "stacks" / "web" / "stack.yaml").write_text("description: ''\nenvironments: {production: {}}\n")
    file = ours / "dynamic.yml"
    text = traefik.dynamic_config(load(ours / "config", ours / "stacks", "production"))
    file.write_text(throwaway.below(ours, text))
    with ExitStack() as stack:
        engines = swarm_engine.serve()
        stack.callback(engines.close)
        socket = f"unix://{next(engines)}"
        argv = ["docker", "-H", socket, "stack", "deploy", "--resolve-image", "never", "--detach=true"]
        argv += ["-c", str(folder / "theirs" / "compose.yaml"), "cases"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        options = (f"--providers.swarm.endpoint={socket}", "--providers.swarm.exposedbydefault=false")
        theirs = stack.enter_context(running(folder / "theirs", "swarm", *options))
        own = stack.enter_context(running(ours, "file", f"--providers.file.filename={file}"))
        yield _seen(theirs, "swarm"), _seen(own, "file")


APART = ("provider", "serverStatus", "tls")


def _alike(kind: str, found: dict[str, Any], provider: str) -> dict[str, Any]:
    """A part of the API's answer without what may differ: providers, servers' URLs, our own middleware."""
    text = json.dumps({key: value for key, value in found.items() if key not in APART})
    part: dict[str, Any] = json.loads(text.replace(f"@{provider}", ""))
    if kind == "routers":
        part["middlewares"] = [each for each in part.get("middlewares") or [] if each != "bridge-restart"]
    if kind == "services":
        for server in part["loadBalancer"]["servers"]:
            server.pop("url", None)
        cookie = part["loadBalancer"].get("sticky", {}).get("cookie", {})
        # of the service's name with its provider
        if re.fullmatch("_[0-9a-f]{5}", cookie.get("name", "")):
            del cookie["name"]
    return part


def test_every_kind_has_the_same_names(both: tuple[Seen, Seen]) -> None:
    theirs, ours = both
    guests = {"routers": {"dashboard", "portainer"}, "services": {"portainer"}, "middlewares": {"bridge-restart"}}
    for kind in KINDS:
        assert set(ours.kinds[kind]) - guests[kind] == set(theirs.kinds[kind]), theirs.log[-3000:]


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_as_the_swarm_provider_makes_it(both: tuple[Seen, Seen], kind: str) -> None:
    theirs, ours = both
    for name, found in theirs.kinds[kind].items():
        assert _alike(kind, ours.kinds[kind][name], "file") == _alike(kind, found, "swarm")


def test_every_case_is_there(both: tuple[Seen, Seen]) -> None:
    """A case that neither shows would prove nothing."""
    theirs, _ = both
    for case, labels in ALL.items():
        for kind in KINDS:
            for label in labels:
                if label.lower().startswith(f"{H}.{kind}."):
                    name = label.split(".")[3].lower()
                    assert (name in {each.lower() for each in theirs.kinds[kind]}) is (case != "off"), case


def test_every_field_of_the_table_is_compared() -> None:
    compared = {label.partition("=")[0].split(".", 4)[4] for label in ALL["every-middleware"][1:]}
    assert compared == {key.removeprefix(".") for key in of_every_field("Middleware", "")}
    settable = {each.name for each in (fields_of("Middleware") or {}).values() if each.label != "-"}
    assert {key.split(".")[0] for key in compared} == settable - {"plugin"}
