"""Old files are found by what they hold, and read with their lines; what cannot be read is told with file and line."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix.importing import json_text
from phoenix.importing.configuration import configuration
from phoenix.importing.error import ImportingError
from phoenix.importing.writing import write
from phoenix.model.document import Loc
from tests.importing.versions import FOLDER, imported

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def _locs(data: Any, loc: Loc = ()) -> list[Loc]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [loc, *(each for key, value in inner for each in _locs(value, (*loc, key)))]


@given(VALUES)
def test_every_value_has_its_line(data: Any) -> None:
    text = json.dumps(data, indent=1, ensure_ascii=False)
    lines = json_text.lines(text)
    assert json_text.data(text) == data
    assert list(lines) == _locs(data)
    if isinstance(data, dict | list):
        # each key, and each entry of a list, stands on a line of its own
        assert len({*lines.values()}) == len(lines)
    for loc, line in lines.items():
        if loc and isinstance(loc[-1], str):
            assert text.split("\n")[line - 1].strip().startswith(json.dumps(loc[-1], ensure_ascii=False))


@given(VALUES)
def test_lines_do_not_depend_on_spaces(data: Any) -> None:
    assert set(json_text.lines(json.dumps(data)).values()) == {1}


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("", 1, "not valid JSON: Expecting value"),
        ('{\n"a": 1,\n"b": [1, 2\n', 4, "not valid JSON: Expecting ',' delimiter"),
        ('{"a": 1}\n{"b": 2}', 2, "not valid JSON: Extra data"),
        ("[NaN]", 1, "not valid JSON: NaN is no number"),
        ("[" * 100_000, 1, "not valid JSON: nested too deeply"),
    ],
)
def test_what_is_no_json(text: str, line: int, cause: str) -> None:
    with pytest.raises(json_text.UnreadableError) as error:
        json_text.data(text)
    assert (error.value.line, str(error.value)) == (line, cause)


def test_a_key_that_stands_twice() -> None:
    """Of two values a reader takes one, and nobody knows that there was another."""
    with pytest.raises(json_text.UnreadableError, match=r"a.b stands twice; line 2 has it already") as error:
        json_text.lines('{"a": {\n"b": 1,\n"b": 2}}')
    assert error.value.line == 3


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of the older version."""
    shutil.copytree(FOLDER / "2025-11-04", tmp_path / "old")
    return tmp_path / "old"


def _refused(root: Path, words: str) -> None:
    with pytest.raises(ImportingError, match=words):
        configuration(root)


def test_names_and_folders_of_files_do_not_matter(old: Path, tmp_path: Path) -> None:
    for number, path in enumerate(sorted(old.glob("etc/*.json"))):
        path.rename(old / f"file{number}.json")
    assert write(configuration(old), tmp_path / "new", "production").guests == imported("2025-11-04").cluster.guests


def test_sections_may_share_a_file(old: Path, tmp_path: Path) -> None:
    paths = [old / f"etc/phoenix_{name}.json" for name in ("hypervisor_config", "lxc_configs")]
    first, second = (json.loads(path.read_text(encoding="utf-8")) for path in paths)
    paths[0].write_text(json.dumps(first | {"containers": second["lxc_configs"]}), encoding="utf-8")
    paths[1].unlink()
    assert write(configuration(old), tmp_path / "new", "production").guests == imported("2025-11-04").cluster.guests


def test_stacks_may_be_listed_with_their_environment(old: Path, tmp_path: Path) -> None:
    """As in October 2025."""
    path = old / "etc/phoenix_vm_configs.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    names = {"qdrant_service": "production", "thinkheads_ai_app": "dev"}
    data["vms"][2]["docker_stacks"] = [{"name": name, "environment": each} for name, each in names.items()]
    path.write_text(json.dumps(data), encoding="utf-8")
    cluster = write(configuration(old), tmp_path / "new", "production")
    deployed = [(each.stack.name, each.environment_name) for each in cluster.stacks_of(cluster.guest(1002))]
    assert deployed == [("qdrant_service", "production"), ("thinkheads_ai_app", "development")]
    assert cluster.machines[1].docker_stacks[0] == "qdrant_service"


def test_a_section_that_stands_twice(old: Path) -> None:
    shutil.copy(old / "etc/phoenix_vm_configs.json", old / "etc/old_vms.json")
    text = (old / "etc/old_vms.json").read_text(encoding="utf-8")
    configuration(old)
    (old / "etc/old_vms.json").write_text(text.replace("Portainer", "Other"), encoding="utf-8")
    _refused(
        old, r"phoenix_vm_configs.json:10: vms: got a list; the list of virtual machines once; etc/old_vms.json:10"
    )


def test_a_key_on_top_of_two_files(old: Path) -> None:
    (old / "etc/other.json").write_text('{"domain_name": "x.y"}', encoding="utf-8")
    _refused(
        old, r"phoenix_hypervisor_config.json:4: domain_name: got internal.*; domain_name once; etc/other.json:1: "
    )


def test_the_same_file_twice_is_told(old: Path) -> None:
    shutil.copy(old / "etc/portainer/config.json", old / "portainer.json")
    assert configuration(old).ledger.unread == [("etc/portainer/config.json", "the same as portainer.json")]


def test_files_of_others_are_told(old: Path) -> None:
    (old / "package.json").write_text('{"name": "x"}', encoding="utf-8")
    (old / "notes.txt").write_text("x", encoding="utf-8")
    schema = '{"$schema": "http://json-schema.org/draft-07/schema#", "a": 1, "a": 2}'
    (old / "etc/x.schema.json").write_text(schema, encoding="utf-8")
    assert sorted(configuration(old).ledger.unread) == [
        ("etc/x.schema.json", "a schema, which holds no values"),
        ("notes.txt", "no JSON"),
        ("package.json", "none of its keys belongs to the old system"),
    ]


def test_a_half_written_file(old: Path) -> None:
    path = old / "etc/phoenix_lxc_configs.json"
    path.write_bytes(path.read_bytes()[:2000])
    _refused(old, r"etc/phoenix_lxc_configs.json:\d+: file: not valid JSON")


def test_every_unreadable_file_is_told_at_once(old: Path) -> None:
    (old / "etc/phoenix_lxc_configs.json").write_text("{", encoding="utf-8")
    (old / "etc/phoenix_vm_configs.json").write_bytes(b'{"a": "\xff"}')
    _refused(old, r"(?s)2 problems.*phoenix_lxc_configs.json:1: .*phoenix_vm_configs.json:1: .*it is not UTF-8 text")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("phoenix_lxc_configs.json", "a file with the containers: objects by VMID; none was found"),
        ("phoenix_vm_configs.json", "a file with the virtual machines: a list with vmid; none was found"),
        ("phoenix_hypervisor_config.json", "a file with network.interfaces with address, gateway and name: none was"),
    ],
)
def test_a_file_that_must_be_there(old: Path, file: str, words: str) -> None:
    (old / "etc" / file).unlink()
    _refused(old, words)


def test_a_file_that_leads_nowhere(old: Path) -> None:
    (old / "etc/x.json").symlink_to(old / "nowhere.json")
    _refused(old, "etc/x.json:1: file: a regular file")


def test_a_folder_that_cannot_be_read(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To whom nothing is forbidden, the system would not say so."""
    scan = os.scandir

    def refusing(path: str) -> Any:
        if str(path).endswith("configs"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    _refused(old, "configs:1: file: the folder cannot be read: Permission denied")


def test_no_directory(tmp_path: Path) -> None:
    _refused(tmp_path / "nowhere", "a directory with the old system's JSON files")


def test_what_may_be_missing_is_told(old: Path, tmp_path: Path) -> None:
    (old / "etc/certificate-manifest.json").unlink()
    (old / "stacks/qdrant_service/docker-compose.yml").unlink()
    path = old / "etc/phoenix_hypervisor_config.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["shared_volumes"]["firewall"], data["step_ca"]
    path.write_text(json.dumps(data), encoding="utf-8")
    made = configuration(old)
    cluster = write(made, tmp_path / "new", "production")
    assert made.ledger.missing == [
        "firewall: the node's rules and policies (global_firewall_rules)",
        "step_ca: the authority's names",
        "the compose file of the stack qdrant_service",
        "the manifest of certificates: those alone are made that the product needs",
    ]
    assert [each.name for each in cluster.certificates] == ["nginx", "nginx-gateway-client", "traefik", "portainer"]
    assert cluster.guest(1002).docker_stacks == ("thinkheads_ai_app",)  # type: ignore[union-attr]
