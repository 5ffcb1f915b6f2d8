"""What is refused is told with its file, line and field: by the models, by the specs, by the proof of the firewall."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from phoenix.model import Cluster, LxcGuest, Problem, VmGuest
from phoenix.model.document import Loc, field_name
from phoenix.plan.choices import Choices
from phoenix.plan.cluster import plan
from tests.model.conftest import Workspace
from tests.plan.reference import ROOT, reference

CLUSTER, CERTIFICATES = "config/cluster.yaml", "config/certificates.yaml"
GATEWAY, AUTHORITY = "config/guests/101-nginx-phoenix.yaml", "config/guests/103-step-ca.yaml"
MODELS, WORKER = "config/guests/801-granite-embedding.yaml", "config/guests/1002-drphoenix.yaml"
QDRANT, APPLICATION = "stacks/qdrant_service/stack.yaml", "stacks/thinkheads_ai_app/stack.yaml"
FILES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("config/cluster.yaml", "config/certificates.yaml", "config/guests/*.yaml", "stacks/*/stack.yaml")
    for path in ROOT.glob(pattern)
)


@pytest.fixture
def files(tmp_path: Path) -> Workspace:
    """The reference configuration in a folder of its own."""
    for name in ("config", "stacks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return Workspace(tmp_path)


def planned(files: Workspace, environment: str = "production") -> tuple[Problem, ...]:
    """Every problem of loading and planning."""
    return files.told(lambda: plan(files.load(environment), Choices()))


def test_the_reference_configuration_has_every_kind_of_file() -> None:
    assert len(FILES) == 2 + 15 + 3


@dataclass(frozen=True)
class Scalar:
    """A value in a file: its place, its line, where its text begins and ends."""

    loc: Loc
    line: int
    value: str
    begin: int
    end: int


def scalars(text: str) -> list[Scalar]:
    """Every value of the file; what an alias stands for is there once a place."""

    def walk(node: Node, loc: Loc, line: int) -> Iterator[Scalar]:
        if isinstance(node, ScalarNode):
            yield Scalar(loc, line, node.value, node.start_mark.index, node.end_mark.index)
        elif isinstance(node, SequenceNode):
            for index, each in enumerate(node.value):
                yield from walk(each, (*loc, index), each.start_mark.line + 1)
        elif isinstance(node, MappingNode):
            for key, each in node.value:
                yield from walk(each, (*loc, key.value), key.start_mark.line + 1)

    return list(walk(YAML(typ="safe", pure=True).compose(text), (), 1))


def rewritten(text: str, values: dict[tuple[int, int], str]) -> str:
    """The text with other values, by where they begin and end."""
    for (begin, end), value in sorted(values.items(), reverse=True):
        text = text[:begin] + value + text[end:]
    return text


def places(file: str, broken: list[Scalar]) -> list[tuple[str, int, str]]:
    return sorted((file, each.line, field_name(each.loc)) for each in broken)


MOUNT = "mounts: [{host_path: a, container_path: /b}]\n"
SHARE = "nfs: [{server: 10.0.0.13, path: /a, mount_point: /b}]\n"
FILE = "    files: [{source: a.env, target: /b, services: [x]}]\n"


def with_a_path(file: str, text: str) -> str:
    """The file's text, with a path where it has none."""
    if any(each.value.startswith("/") for each in scalars(text)):
        return text
    if file.startswith("stacks/"):
        return text.replace("    firewall_rules:\n", f"{FILE}    firewall_rules:\n", 1)
    return text + (SHARE if "\ntype: vm\n" in text else MOUNT)


@pytest.mark.parametrize("file", FILES)
def test_a_relative_path_is_told_at_its_line(files: Workspace, file: str) -> None:
    """Each path of the file loses its slash; files without one get one. A mount's host_path alone may be relative."""
    text = with_a_path(file, (files.folder / file).read_text())
    paths = [each for each in scalars(text) if each.value.startswith("/")]
    files.write(file, rewritten(text, {(each.begin, each.end): each.value[1:] for each in paths}))
    problems = files.problems()
    assert paths
    assert [(each.file, each.line, each.field) for each in problems] == places(file, paths)
    for each in problems:
        assert "must match ^" in each.allowed


FREE = re.compile(
    r"description|.*\.variables\[\d+\]\.value|ca\.(name|root_name|intermediate_name|provisioner)"
    r"|features\[\d+\]\.(model|served_name|quantization)|swarm\.labels\.gpu"
)
"""Any text will do there."""
CHOOSING = re.compile(r"type|features\[\d+\](\.name)?")
"""What decides which other fields there are."""
NONSENSE = '"No \\x01 #,"'


@pytest.mark.parametrize("file", FILES)
def test_a_wrong_pattern_is_told_at_its_line(files: Workspace, file: str) -> None:
    """Every value of the file is nonsense at once, but for those where any text will do."""
    text = (files.folder / file).read_text()
    wrong = [
        each
        for each in scalars(text)
        if not FREE.fullmatch(field_name(each.loc)) and not CHOOSING.fullmatch(field_name(each.loc))
    ]
    files.write(file, rewritten(text, {(each.begin, each.end): NONSENSE for each in wrong}))
    problems = files.problems()
    assert [(each.file, each.line, each.field) for each in problems] == places(file, wrong)
    assert {each.value for each in problems} == {'"No \\u0001 #,"'}


REPORTED = [
    (CLUSTER, "/quickOS/certificates", '"/quick OS/x"', "node.paths.certificates", "/quick OS/x", "must match"),
    (CLUSTER, "/quickOS/portainer_stacks", "/stacks", "node.paths.stacks", "/stacks", "at least 2 levels deep"),
    (GATEWAY, "/var/log/nginx", '"/var/log,ro=1"', "mounts[0].container_path", "/var/log,ro=1", "must match"),
    (GATEWAY, "host_path: ssl", 'host_path: "ssl,mp=/"', "mounts[1].host_path", "ssl,mp=/", "must match"),
]


@pytest.mark.parametrize(("file", "old", "new", "field", "value", "allowed"), REPORTED, ids=[e[4] for e in REPORTED])
def test_what_used_to_fail_only_on_the_node(
    files: Workspace, file: str, old: str, new: str, field: str, value: str, allowed: str
) -> None:
    files.replace(file, old, new)
    (problem,) = files.problems()
    assert (problem.file, problem.line, problem.field) == (file, files.line(file, new), field)
    assert problem.value == f'"{value}"'
    assert allowed in problem.allowed


COMPOSE = "stacks/qdrant_service/compose.yaml"

ONLY_A_SPEC = [
    (AUTHORITY, "host_path: ssl", "host_path: my ssl", "my ssl", "mounts[0].host_path", "must match"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "field", "allowed"),
    ONLY_A_SPEC,
    ids=["blank in the path of the CA's keys"],
)
def test_what_only_a_spec_refuses_is_told_at_its_place(
    files: Workspace, file: str, old: str, new: str, line: str, field: str, allowed: str
) -> None:
    """The configuration loads, and whoever plans it is told where to mend it."""
    files.replace(file, old, new)
    assert files.problems() == ()
    (problem,) = planned(files)
    assert (problem.file, problem.line, problem.field) == (file, files.line(file, line), field)
    assert allowed in problem.allowed


NESTED = [
    (CLUSTER, "/quickOS/lxc-persistent-data", "/", "lxc_persistent:", "node.paths.lxc_persistent"),
    (GATEWAY, "/var/log/nginx", "/", "path: /", "mounts[0].container_path"),
    (MODELS, "/vllm_models", "/", "path: /", "volumes[0].container_path"),
    (WORKER, "data/1002", "data/a#b", "a#b", "nfs[0].path"),
    (WORKER, "/mnt/persistent", "/mnt/a#b", "a#b", "nfs[0].mount_point"),
    (COMPOSE, "device: /", "device: ./", "device", "volumes.qdrant_data.driver_opts.device"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "field"),
    NESTED,
    ids=[
        *("root for containers", "mount over a container's root", "volume over a container's root"),
        *("number sign in a share's path", "number sign in its mount point", "relative directory of a volume"),
    ],
)
def test_what_a_part_of_a_spec_refuses_is_told_at_its_place(
    files: Workspace, file: str, old: str, new: str, line: str, field: str
) -> None:
    files.replace(file, old, new)
    (problem,) = planned(files)
    assert (problem.file, problem.line, problem.field) == (file, files.line(file, line), field)


def changed(part: Any, loc: Loc, value: Any) -> Any:
    """The part of a cluster with another value at `loc`, which no model looks at; guests go by their VMIDs."""
    if not loc:
        return value
    step, *rest = loc
    if isinstance(part, tuple):
        keyed = {each.vmid if isinstance(each, LxcGuest | VmGuest) else n: each for n, each in enumerate(part)}
        return tuple(changed(each, tuple(rest), value) if key == step else each for key, each in keyed.items())
    return part.model_copy(update={step: changed(getattr(part, str(step)), tuple(rest), value)})


LET_THROUGH: list[tuple[Loc, Any, str, str, str]] = [
    (("guests", 101, "memory_mb"), 8, GATEWAY, "memory_mb", "memory_mb"),
    (("guests", 1002, "name"), "my guest", WORKER, "name:", "name"),
    (("swarm", "subnet_size"), 8, CLUSTER, "subnet_size", "swarm.subnet_size"),
    (("swarm", "networks", 0, "name"), "my net", CLUSTER, "swarm:", "swarm"),
    (("node", "paths", "stacks"), "/stacks", CLUSTER, "stacks:", "node.paths.stacks"),
    (("node", "paths", "certificates"), "/quick OS", CLUSTER, "certificates:", "node.paths.certificates"),
    (("certificates", 0, "renew_before_hours"), 24, CERTIFICATES, "name: nginx", "certificates[0]"),
    (("certificates", 0, "sans"), ("my name",), CERTIFICATES, "sans:", "certificates[0].sans[0]"),
    (("certificates", 0, "key_mode"), "rw", CERTIFICATES, "name: nginx", "certificates[0].key_mode"),
    (
        ("certificates", 0, "distribution", 0, "key"),
        "nginx.key",
        CERTIFICATES,
        "  key: ",
        "certificates[0].distribution[0].key",
    ),
]


@pytest.mark.parametrize(
    ("loc", "value", "file", "line", "field"), LET_THROUGH, ids=[field_name(each[0]) for each in LET_THROUGH]
)
def test_what_a_model_let_through_is_told_at_its_place(
    files: Workspace, loc: Loc, value: Any, file: str, line: str, field: str
) -> None:
    """A spec is the second to look at what a model takes, and knows where it came from as well."""
    cluster = changed(files.load(), loc, value)
    (problem,) = files.told(lambda: plan(cluster, Choices()))
    assert (problem.file, problem.line, problem.field) == (file, files.line(file, line), field)


def test_a_part_that_stands_in_no_file_is_told_by_its_name() -> None:
    cluster = reference()
    bare = Cluster.model_validate(dict(cluster.model_copy(update={"guests": (cluster.guest(101),)})))
    error = bare.refuse(bare.guest(101), "memory_mb", allowed="more")
    assert str(error).splitlines()[1:] == ["  guest 101:1: memory_mb: got 4096; more"]


RULE = "{direction: in, action: DROP, proto: tcp, ports: [PORT], comment: the culprit}"


def ruled(before: str, port: int) -> tuple[str, str]:
    """What stands in a file, and the same with a rule in front that drops a port."""
    indentation = before[: before.index("-")]
    return before, f"{indentation}- {RULE.replace('PORT', str(port))}\n{before}"


DROPPED: list[tuple[str, str, tuple[str, str], str, str, str, str]] = [
    (
        "the node's",
        CLUSTER,
        ruled("    - {direction: in, action: ACCEPT, proto: tcp, ports: [80]", 22),
        "production",
        "the culprit",
        "firewall.rules[0]",
        "node: operators reach the node by SSH (10.0.0.0/24 -> 10.0.0.13/32 tcp/22) must pass",
    ),
    (
        "a guest's",
        AUTHORITY,
        ruled("    - {direction: out, action: ACCEPT, proto: udp", 9000),
        "production",
        "the culprit",
        "firewall.rules[4]",
        "guest 103: certificates are requested from Step-CA (10.0.0.0/24 -> 10.0.0.10/32 tcp/9000) must pass",
    ),
    (
        "a stack's",
        QDRANT,
        ruled("      - {direction: in, action: ACCEPT, proto: tcp, ports: [6334]", 22),
        "production",
        "the culprit",
        "environments.production.firewall_rules[1]",
        "guest 1002: operators reach the VM by SSH (10.0.0.0/24 -> 10.0.0.102/32 tcp/22) must pass",
    ),
    (
        "a stack's by an alias",
        QDRANT,
        ruled("      - {direction: in, action: ACCEPT, proto: tcp, ports: [6334]", 22),
        "testing",
        "the culprit",
        "environments.testing.firewall_rules[1]",
        "guest 1002: operators reach the VM by SSH (10.0.0.0/24 -> 10.0.0.102/32 tcp/22) must pass",
    ),
    (
        "the node's policy",
        CLUSTER,
        ("policy_out: ACCEPT\n  operators: [10.0.0.0/24]", "policy_out: DROP\n  operators: [10.0.0.13/32]"),
        "production",
        "policy_out: DROP",
        "firewall.policy_out",
        "node: operators reach the VM by SSH (10.0.0.13/32 -> 10.0.0.111/32 tcp/22) must pass",
    ),
]


@pytest.mark.parametrize(
    ("file", "edit", "environment", "line", "field", "allowed"),
    [each[1:] for each in DROPPED],
    ids=[each[0] for each in DROPPED],
)
def test_what_drops_a_needed_connection_is_told_at_its_place(
    files: Workspace, file: str, edit: tuple[str, str], environment: str, line: str, field: str, allowed: str
) -> None:
    """A rule of the node, of a guest or of a stack, or the node's policy: whoever reads it knows what to change."""
    files.replace(file, *edit)
    assert files.problems(environment) == ()
    problems = planned(files, environment)
    assert {(each.file, each.line, each.field) for each in problems} == {(file, files.line(file, line), field)}
    (told,) = [each for each in problems if each.allowed.startswith(allowed)]
    assert "DROP" in told.value
    assert told.allowed.endswith("; allow it before that rule")
