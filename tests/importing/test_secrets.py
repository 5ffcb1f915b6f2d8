"""A secret of an old file is in no written file, no report and no error; the report says which setting holds it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from phoenix.importing.error import ImportingError
from phoenix.importing.run import import_directory
from phoenix.importing.secrets import is_secret
from tests.importing.versions import FOLDER

ADMIN, DATABASE, HASH, KEY = "Vb7Qm2wXc9Lr", "zK4tPq8Wn1Hs", "$6$salt$Jd8Kq0Lx3Vn", "Ux5Rg7Ym2Bt0"
SECRETS = (ADMIN, DATABASE, HASH, KEY)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The newer version, with secrets in every place that may hold one."""
    root = tmp_path / "old"
    shutil.copytree(FOLDER / "2025-11-16", root)
    node = root / "etc/phoenix_hypervisor_config.json"
    text = node.read_text(encoding="utf-8")
    node.write_text(text.replace('"CHANGE-ME"', f'"{ADMIN}"').replace("NOT_SET", HASH), encoding="utf-8")
    for path in (root / "etc/phoenix_stacks_config.json", *root.glob("stacks/*/configs/*.env")):
        path.write_text(path.read_text(encoding="utf-8").replace("CHANGE-ME", DATABASE), encoding="utf-8")
    compose = root / "stacks/qdrant_service/docker-compose.yml"
    more = f"    environment:\n      QDRANT_API_KEY: {KEY}\n      LOG_LEVEL: info\n    deploy:"
    compose.write_text(compose.read_text(encoding="utf-8").replace("    deploy:", more), encoding="utf-8")
    return root


@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_is_written_or_told(old: Path, tmp_path: Path, as_json: bool) -> None:
    target = tmp_path / "new"
    text, _ = import_directory(old, target, "production", as_json=as_json, report=tmp_path / "report")
    written = [path.read_text(encoding="utf-8") for path in target.rglob("*") if path.is_file()]
    told = [text, (tmp_path / "report").read_text(encoding="utf-8")]
    assert [secret for secret in SECRETS for each in (*written, *told) if secret in each] == []
    for setting in ("portainerAdminPassword", "qdrantServiceQdrantApiKey", "thinkheadsAiAppDatabasePass"):
        assert f"pulumi config set --secret phoenix:{setting}" in text


def test_a_secret_of_a_compose_file_becomes_a_variable(old: Path, tmp_path: Path) -> None:
    import_directory(old, tmp_path / "new", "production")
    stack = tmp_path / "new/stacks/qdrant_service"
    services = YAML(typ="safe").load((stack / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert services["qdrant"]["environment"] == {"QDRANT_API_KEY": "${QDRANT_API_KEY}", "LOG_LEVEL": "info"}
    text = (stack / "stack.yaml").read_text(encoding="utf-8")
    assert "{name: QDRANT_API_KEY, secret: qdrantServiceQdrantApiKey}" in text


def test_a_secret_of_a_file_of_variables_comes_by_the_services_environment(old: Path, tmp_path: Path) -> None:
    import_directory(old, tmp_path / "new", "production")
    stack = tmp_path / "new/stacks/thinkheads_ai_app"
    assert (stack / "configs/prod.env").read_text(encoding="utf-8") == "DATABASE_USER=prod_user\nAPI_PORT=8000\n"
    assert "DATABASE_PASS=${DATABASE_PASS:-}" in (stack / "compose.yaml").read_text(encoding="utf-8")


def _change(path: Path, change: Any) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def test_an_error_shows_no_secret(old: Path, tmp_path: Path) -> None:
    def unknown(data: Any) -> None:
        data["step_ca"]["root_ca_name"] = 7
        data["portainer_api"]["admin_user"] = f"--password={KEY}"

    _change(old / "etc/phoenix_hypervisor_config.json", unknown)
    with pytest.raises(ImportingError) as error:
        import_directory(old, tmp_path / "new", "production")
    assert not any(secret in str(error.value) for secret in SECRETS)


def test_a_secret_where_none_can_be_is_refused(old: Path, tmp_path: Path) -> None:
    compose = old / "stacks/qdrant_service/docker-compose.yml"
    text = compose.read_text(encoding="utf-8").replace("    restart: always", f"    command: [--api-key={ADMIN}]")
    compose.write_text(text, encoding="utf-8")
    with pytest.raises(
        ImportingError, match=r"docker-compose.yml:5: services.qdrant.command\[0\]: got \[secret\]; no sec"
    ):
        import_directory(old, tmp_path / "new", "production")


@pytest.mark.parametrize(
    ("key", "value", "secret"),
    [
        ("admin_password", "x", True),
        ("DATABASE_PASS", "x", True),
        ("password_hash", "NOT_SET", True),
        ("api_key", "x", True),
        ("url", "postgres://me:pw@db/x", True),
        ("environment", "API_TOKEN=x", True),
        ("command", "--client-secret=x", True),
        ("x", "$2y$05$abcdef", True),
        ("x", "-----BEGIN EC PRIVATE KEY-----", True),
        ("hf_token_file", "/usr/local/etc/token.conf", False),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/pw", False),
        ("DATABASE_PASS", "${DATABASE_PASS}", False),
        ("environment", "DATABASE_PASS=${DATABASE_PASS:-}", False),
        ("secrets", "portainer_tls_cert", False),
        ("comment", "Allow access to the gateway", False),
        ("passHostHeader", True, False),
        ("admin_password", "", False),
    ],
)
def test_what_is_a_secret(key: str, value: object, secret: bool) -> None:
    assert is_secret(key, value) is secret
