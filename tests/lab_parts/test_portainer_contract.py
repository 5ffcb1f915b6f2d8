"""One contract for both servers: the calls that need no Docker engine, with the real one's codes and bodies."""

import base64
import json
import time

import pytest
import requests

from tests.lab_parts.node import empty_node
from tests.lab_parts.portainer_process import PASSWORD, Portainer
from tests.ports import free_port

pytestmark = pytest.mark.portainer

AGENT = {"EndpointCreationType": "2", "TLS": "true", "TLSSkipVerify": "true", "TLSSkipClientVerify": "true"}
STACK = {"name": "web", "swarmID": "swarm", "stackFileContent": "version: '3.7'\nservices: {}\n"}


def register(server: Portainer, token: str, fields: dict[str, str]) -> requests.Response:
    """POST an environment as the form that Portainer wants."""
    return server.call("POST", "/endpoints", token, files={name: (None, value) for name, value in fields.items()})


def test_admin_is_created_once_and_its_password_is_checked(server: Portainer) -> None:
    with server.running():
        status = server.call("GET", "/system/status").json()
        assert status["Version"]
        assert status["InstanceID"]
        unclaimed = server.call("GET", "/users/admin/check")
        assert (unclaimed.status_code, set(unclaimed.json())) == (404, {"message", "details"})
        early = server.call("POST", "/auth", json={"Username": "admin", "Password": PASSWORD})
        assert early.status_code == 422

        short = server.call("POST", "/users/admin/init", json={"Username": "admin", "Password": "eleven-char"})
        assert (short.status_code, short.json()["message"]) == (400, "Password does not meet the requirements")
        assert server.call("POST", "/users/admin/init", data="{bad").status_code == 400
        assert server.call("POST", "/users/admin/init", json={"Username": "admin"}).status_code == 400
        created = server.claim()
        assert created.status_code == 200
        assert (created.json()["Id"], created.json()["Username"], created.json()["Role"]) == (1, "admin", 1)
        assert PASSWORD not in created.text

        again = server.claim()
        assert (again.status_code, again.json()["message"]) == (409, "Unable to create administrator user")
        assert server.call("GET", "/users/admin/check").status_code == 204


def test_admin_from_a_file(server: Portainer) -> None:
    secret = server.home / "password"
    secret.write_text(PASSWORD)
    with server.running("--admin-password-file", str(secret)):
        assert server.call("GET", "/users/admin/check").status_code == 204
        server.login()


def test_state_survives_a_restart_and_sessions_do_not(server: Portainer) -> None:
    with server.running():
        instance = server.call("GET", "/system/status").json()["InstanceID"]
        server.claim()
        session = server.login()
        body = {"password": PASSWORD, "description": "for the restart"}
        key = server.call("POST", "/users/1/tokens", session, json=body).json()["rawAPIKey"]
        with empty_node(server.certificate, server.key) as url:
            assert register(server, session, {"Name": "kept", "URL": url, **AGENT}).status_code == 200
    with server.running():
        assert server.call("GET", "/system/status").json()["InstanceID"] == instance
        assert server.call("GET", "/endpoints", session).status_code == 401
        listed = server.call("GET", "/endpoints", headers={"X-API-Key": key})
        assert [(one["Id"], one["Name"]) for one in listed.json()] == [(1, "kept")]


@pytest.mark.parametrize(
    ("credentials", "status", "message"),
    [
        ({"Username": "admin", "Password": "not the password"}, 422, "Invalid credentials"),
        ({"Username": "nobody", "Password": PASSWORD}, 422, "Invalid credentials"),
        ({"Username": "", "Password": PASSWORD}, 400, "Invalid request payload"),
        ({"Username": "admin"}, 400, "Invalid request payload"),
    ],
)
def test_refused_logins(claimed: Portainer, credentials: dict[str, str], status: int, message: str) -> None:
    answer = claimed.call("POST", "/auth", json=credentials)
    assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_a_session_lasts_eight_hours(token: str) -> None:
    header, payload, _ = (part + "=" * (-len(part) % 4) for part in token.split("."))
    assert json.loads(base64.urlsafe_b64decode(header))["alg"] == "HS256"
    claims = json.loads(base64.urlsafe_b64decode(payload))
    assert claims["exp"] - time.time() == pytest.approx(8 * 3600, abs=300)
    assert (claims["id"], claims["username"]) == (1, "admin")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer a.b.c"}, {"X-API-Key": "ptr_wrong"}])
@pytest.mark.parametrize("path", ["/endpoints", "/stacks", "/stacks/1", "/endpoints/1/docker/info", "/users/1/tokens"])
def test_calls_without_credentials(claimed: Portainer, path: str, headers: dict[str, str]) -> None:
    answer = claimed.call("GET", path, headers=headers)
    assert (answer.status_code, answer.json()["details"]) == (401, "Unauthorized")


def test_an_altered_token_is_refused(claimed: Portainer, token: str) -> None:
    head, payload, mac = token.split(".")
    altered = payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB")
    assert claimed.call("GET", "/stacks", f"{head}.{altered}.{mac}").status_code == 401


def test_api_keys(claimed: Portainer, token: str) -> None:
    body = {"password": PASSWORD, "description": "a key"}
    made = claimed.call("POST", "/users/1/tokens", token, json=body)
    assert made.status_code == 201
    key, shown = made.json()["rawAPIKey"], made.json()["apiKey"]
    assert key.startswith(shown["prefix"])
    headers = {"X-API-Key": key}
    assert claimed.call("GET", "/stacks", headers=headers).status_code == 200
    assert claimed.call("POST", "/users/1/tokens", headers=headers, json=body).status_code == 401
    listed = claimed.call("GET", "/users/1/tokens", token)
    assert key not in listed.text
    assert shown["id"] in [one["id"] for one in listed.json()]
    assert claimed.call("DELETE", f"/users/1/tokens/{shown['id']}", token).status_code == 204
    assert claimed.call("GET", "/stacks", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("user", "body", "status"),
    [
        (1, {"password": "not the password", "description": "x"}, 403),
        (1, {"password": PASSWORD, "description": ""}, 400),
        (9, {"password": PASSWORD, "description": "x"}, 403),
    ],
)
def test_refused_api_keys(claimed: Portainer, token: str, user: int, body: dict[str, str], status: int) -> None:
    assert claimed.call("POST", f"/users/{user}/tokens", token, json=body).status_code == status


def test_environments(claimed: Portainer, token: str) -> None:
    with empty_node(claimed.certificate, claimed.key) as url:
        made = register(claimed, token, {"Name": "drphoenix", "URL": url, **AGENT})
        assert made.status_code == 200
        body = made.json()
        assert (body["Name"], body["Type"], body["Status"], body["URL"]) == ("drphoenix", 2, 1, url)
        twice = register(claimed, token, {"Name": "drphoenix", "URL": url, **AGENT})
        assert (twice.status_code, twice.json()["message"]) == (409, "Name is not unique")
        same_url = register(claimed, token, {"Name": "other", "URL": url, **AGENT})
        assert same_url.status_code == 200
        renamed = claimed.call("PUT", f"/endpoints/{same_url.json()['Id']}", token, json={"Name": "drphoenix"})
        assert renamed.status_code == 409

    found = claimed.call("GET", "/endpoints?name=drphoenix", token)
    assert [one["Id"] for one in found.json()] == [body["Id"]]
    assert (found.headers["X-Total-Count"], found.headers["X-Total-Available"]) == ("1", "2")
    assert claimed.call("GET", "/endpoints?name=DRPHOENIX", token).json() == []
    assert len(claimed.call("GET", "/endpoints", token).json()) == 2
    assert claimed.call("GET", f"/endpoints/{body['Id']}", token).json()["Name"] == "drphoenix"
    unreachable = claimed.call("GET", f"/endpoints/{body['Id']}/docker/info", token)
    assert (unreachable.status_code, unreachable.content) == (502, b"")
    create = claimed.call("POST", f"/stacks/create/swarm/string?endpointId={body['Id']}", token, json=STACK)
    assert create.status_code == 500
    for one in (body["Id"], same_url.json()["Id"]):
        assert claimed.call("DELETE", f"/endpoints/{one}", token).status_code == 204
        assert claimed.call("DELETE", f"/endpoints/{one}", token).status_code == 404


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"Name": "gone", **AGENT}, 500, "Unable to get environment type"),
        ({"Name": "", **AGENT}, 400, "Invalid request payload"),
        ({"Name": "typeless"}, 400, "Invalid request payload"),
        ({"Name": "engine", "EndpointCreationType": "1"}, 500, "Unable to initiate communications with environment"),
    ],
)
def test_refused_environments(
    claimed: Portainer, token: str, fields: dict[str, str], status: int, message: str
) -> None:
    answer = register(claimed, token, {"URL": f"tcp://127.0.0.1:{free_port()}", **fields})
    assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_an_engine_with_mutual_tls(claimed: Portainer, token: str) -> None:
    files = {
        "TLSCACertFile": claimed.certificate.read_bytes(),
        "TLSCertFile": claimed.certificate.read_bytes(),
        "TLSKeyFile": claimed.key.read_bytes(),
    }
    with empty_node(claimed.certificate, claimed.key, mutual=True) as url:
        fields = {"Name": "engine", "EndpointCreationType": "1", "URL": url, "TLS": "true"}
        without = register(claimed, token, {**fields, "TLSSkipVerify": "true", "TLSSkipClientVerify": "true"})
        assert without.status_code == 500
        form: dict[str, object] = {name: (None, value) for name, value in fields.items()}
        form |= {name: (name, content) for name, content in files.items()}
        made = claimed.call("POST", "/endpoints", token, files=form)
        assert (made.status_code, made.json()["Type"]) == (200, 1)
        where = f"/endpoints/{made.json()['Id']}"
        assert claimed.call("GET", f"{where}/docker/version", token).json() == {}
    assert claimed.call("DELETE", where, token).status_code == 204


def test_an_environment_must_be_a_form(claimed: Portainer, token: str) -> None:
    answer = claimed.call("POST", "/endpoints", token, json={"Name": "drphoenix", **AGENT})
    assert (answer.status_code, answer.json()["details"]) == (400, "Invalid environment name")


def test_an_agent_that_refuses(claimed: Portainer, token: str) -> None:
    with empty_node(claimed.certificate, claimed.key, status=403) as url:
        answer = register(claimed, token, {"Name": "foreign", "URL": url, **AGENT})
    assert (answer.status_code, answer.json()["message"]) == (500, "Unable to initiate communications with environment")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/stacks/77", "/endpoints/77"])
def test_unknown_objects(claimed: Portainer, token: str, method: str, path: str) -> None:
    body = {"stackFileContent": "x"} if method == "PUT" else None
    answer = claimed.call(method, f"{path}?endpointId=1", token, json=body)
    assert answer.status_code == 404
    assert set(answer.json()) == {"message", "details"}


@pytest.mark.parametrize("path", ["/stacks/77/file", "/endpoints/77/docker/info"])
def test_unknown_parts(claimed: Portainer, token: str, path: str) -> None:
    assert claimed.call("GET", path, token).status_code == 404


def test_paths_that_do_not_exist(claimed: Portainer, token: str) -> None:
    assert claimed.call("GET", "/nothing", token).status_code == 404
    assert claimed.call("GET", "/stacks/word", token).status_code == 400


def test_stacks(claimed: Portainer, token: str) -> None:
    listed = claimed.call("GET", "/stacks", token)
    assert (listed.status_code, listed.json()) == (200, [])
    create = "/stacks/create/swarm/string"
    assert claimed.call("POST", f"{create}?endpointId=77", token, json=STACK).status_code == 404
    assert claimed.call("POST", create, token, json=STACK).status_code == 400


@pytest.mark.parametrize("absent", ["name", "swarmID", "stackFileContent"])
def test_incomplete_stacks(claimed: Portainer, token: str, absent: str) -> None:
    with empty_node(claimed.certificate, claimed.key) as url:
        made = register(claimed, token, {"Name": f"for-{absent}", "URL": url, **AGENT}).json()["Id"]
        body = {name: value for name, value in STACK.items() if name != absent}
        answer = claimed.call("POST", f"/stacks/create/swarm/string?endpointId={made}", token, json=body)
        assert (answer.status_code, answer.json()["message"]) == (400, "Invalid request payload")
    assert claimed.call("DELETE", f"/endpoints/{made}", token).status_code == 204


def test_a_cookie_reads_but_does_not_write(claimed: Portainer) -> None:
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(claimed.certificate)
        login = {"Username": "admin", "Password": PASSWORD}
        token = session.post(f"{claimed.url}/auth", json=login, timeout=30).json()["jwt"]
        assert "portainer_api_key" in session.cookies
        assert session.get(f"{claimed.url}/stacks", timeout=30).status_code == 200
        headers = {"Authorization": f"Bearer {token}"}
        assert session.post(f"{claimed.url}/endpoints", headers=headers, timeout=30).status_code == 403
        assert session.post(f"{claimed.url}/auth", json=login, timeout=30).status_code == 403


def test_it_serves_the_front_page(claimed: Portainer) -> None:
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(claimed.certificate)
        answer = session.get(claimed.url.removesuffix("api"), timeout=30)
    assert (answer.status_code, answer.text) == (200, "front page")
