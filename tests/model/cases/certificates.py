"""The manifest of certificates."""

from tests.model.broken import CERTIFICATES, FRONT, MANAGER, ROUTER, WEB, Edit, Expected, one

_SERVER, _ROOT = "a certificate of kind server or both", "a path for `ca`"
_RULE = "environments.production.services.web.traefik_labels[0]"

_SECOND = """
  - name: second
    common_name: second.example.test
    distribution:
      - {{guest: 101, certificate: {certificate}, key: {key}{ca}}}
"""


def _second(certificate: str = "/a.crt", key: str = "/a.key", ca: str = "") -> Edit:
    text = _SECOND.format(certificate=certificate, key=key, ca=f", ca: {ca}" if ca else "")
    return Edit(CERTIFICATES, "  - name: portainer\n", text.lstrip("\n") + "  - name: portainer\n")


CASES = (
    one(
        "two certificates with one name",
        Edit(CERTIFICATES, "name: portainer", "name: front # again"),
        Expected(CERTIFICATES, "# again", "certificates[1].name", "front", "a name once"),
    ),
    one(
        "certificate that nobody gets",
        Edit(
            CERTIFICATES,
            "    docker_secrets: {certificate: portainer_tls_cert, key: portainer_tls_key}\n",
            "    sans: []\n",
        ),
        Expected(CERTIFICATES, "- name: portainer", "certificates[1].distribution", "", "nobody gets it"),
        Expected(
            "stacks/portainer_service/compose.yaml",
            "portainer_tls_cert: {external",
            "secrets.portainer_tls_cert",
            "portainer_tls_cert",
            "a secret that a certificate's docker_secrets, a stack or the product makes",
        ),
    ),
    one(
        "certificate for an unknown guest",
        Edit(CERTIFICATES, "guest: 101", "guest: 998"),
        Expected(CERTIFICATES, "guest:", "certificates[0].distribution[0].guest", "998", "a guest that has a file"),
        Expected(FRONT, "roles", "roles", "gateway", _SERVER),
        Expected(FRONT, "roles", "roles", "gateway", _ROOT),
        Expected(MANAGER, "traefik_service", "traefik_service.name", "portainer", "none covers portainer.example.test"),
        Expected(WEB, "routers.web", _RULE, "web.example.test", "none covers"),
        Expected(WEB, "routers.web", _RULE, "www.example.test", "none covers"),
    ),
    one(
        "certificate for a template",
        Edit(CERTIFICATES, "guest: 101", "guest: 100"),
        Expected(CERTIFICATES, "guest:", "certificates[0].distribution[0].guest", "100", "a guest that runs"),
        Expected(FRONT, "roles", "roles", "gateway", _SERVER),
        Expected(FRONT, "roles", "roles", "gateway", _ROOT),
        Expected(MANAGER, "traefik_service", "traefik_service.name", "portainer", "none covers"),
        Expected(WEB, "routers.web", _RULE, "web.example.test", "none covers"),
        Expected(WEB, "routers.web", _RULE, "www.example.test", "none covers"),
    ),
    one(
        "two certificates with one path",
        _second(certificate="/etc/nginx/ssl/front.crt"),
        Expected(
            CERTIFICATES, "- {guest: 101", "certificates[1].distribution[0].certificate", "front.crt", "a path once"
        ),
    ),
    one(
        "key over a certificate of the same entry",
        _second(certificate="/same", key="/same"),
        Expected(CERTIFICATES, "- {guest: 101", "certificates[1].distribution[0].key", "/same", "a path once"),
    ),
    one(
        "root over a key",
        _second(ca="/a.key"),
        Expected(CERTIFICATES, "- {guest: 101", "certificates[1].distribution[0].ca", "/a.key", "a path once"),
    ),
    one(
        "secret of the product",
        Edit(CERTIFICATES, "key: portainer_tls_key", "key: portainer_admin_password"),
        Expected(
            CERTIFICATES,
            "docker_secrets",
            "certificates[1].docker_secrets.key",
            "portainer_admin_password",
            "the product itself has it already",
        ),
    ),
    one(
        "secret defined twice",
        Edit(CERTIFICATES, "key: portainer_tls_key", "key: portainer_tls_cert"),
        Expected(
            CERTIFICATES, "docker_secrets", "certificates[1].docker_secrets.key", "portainer_tls_cert", "a secret once"
        ),
    ),
    one(
        "lifetime over what the CA grants",
        Edit(CERTIFICATES, "common_name: front", "lifetime_hours: 48\n    common_name: front"),
        Expected(CERTIFICATES, "lifetime_hours", "certificates[0].lifetime_hours", "48", "at most 24"),
    ),
    one(
        "served name that no certificate covers",
        Edit(CERTIFICATES, 'sans: ["*.example.test"]', "sans: [portainer.example.test, web.example.test]"),
        Expected(WEB, "routers.web", _RULE, "www.example.test", "none covers"),
    ),
    one(
        "client certificate covers nothing",
        Edit(CERTIFICATES, "common_name: front", "kind: client\n    common_name: front"),
        Expected(FRONT, "roles", "roles", "gateway", _SERVER),
        Expected(MANAGER, "traefik_service", "traefik_service.name", "portainer", "none covers"),
        Expected(WEB, "routers.web", _RULE, "web.example.test", "none covers"),
        Expected(WEB, "routers.web", _RULE, "www.example.test", "none covers"),
    ),
    one(
        "certificate for either side of TLS serves the gateway",
        Edit(CERTIFICATES, "common_name: front", "kind: both\n    common_name: front"),
    ),
    one(
        "gateway without the root that it verifies Traefik with",
        Edit(CERTIFICATES, "        ca: /etc/nginx/ssl/ca.pem\n", ""),
        Expected(FRONT, "roles", "roles", "gateway", _ROOT),
    ),
    one(
        "gateway whose root comes with another certificate",
        Edit(
            CERTIFICATES,
            "        ca: /etc/nginx/ssl/ca.pem\n        reload: {unit: nginx}\n",
            _SECOND.format(certificate="/a.crt", key="/a.key", ca=", ca: /ca.pem").lstrip("\n"),
        ),
    ),
    one(
        "Traefik without the root that it verifies others with",
        Edit(CERTIFICATES, "        ca: /etc/traefik/certs/ca.pem\n", ""),
        Expected(ROUTER, "roles", "roles", "traefik", _ROOT),
    ),
    one(
        "Traefik with a client certificate alone",
        Edit(CERTIFICATES, "common_name: router", "kind: client\n    common_name: router"),
        Expected(ROUTER, "roles", "roles", "traefik", "a certificate of kind server or both"),
    ),
    one(
        "gateway that proves itself to its visitors alone",
        Edit(CERTIFICATES, "    kind: client\n", ""),
        Expected(FRONT, "roles", "roles", "gateway", "a certificate of kind client or both"),
    ),
    one(
        "one certificate of the gateway for both is no problem",
        Edit(CERTIFICATES, "    kind: client\n", "    kind: both\n"),
    ),
    one(
        "wildcard covers one label only",
        Edit(WEB, "web.example.test", "a.b.example.test"),
        Expected(WEB, "routers.web", _RULE, "a.b.example.test", "covers one label"),
    ),
)
