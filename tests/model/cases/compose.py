"""Compose files."""

from tests.model.broken import PORTAINER_COMPOSE, WEB, WEB_COMPOSE, Edit, Expected, one

CASES = (
    one(
        "compose file of a version that is not for a Swarm",
        Edit(WEB_COMPOSE, "3.8", "2.4"),
        Expected(WEB_COMPOSE, "2.4", "version", "2.4", "3 or 3.N, or no version"),
    ),
    one("compose file without a version is no problem", Edit(WEB_COMPOSE, 'version: "3.8"\n', "")),
    one(
        "compose file with nothing but x- keys",
        Edit(WEB_COMPOSE, "services:", "x-all: {$a: $1}\nx-services:"),
        Expected(WEB_COMPOSE, "version", "services", "", "at least one service"),
        Expected(WEB, "- {source: app.env", "environments.production.files[0].services[0]", "web", "none"),
        Expected(WEB, "      web:", "environments.production.services.web", "web", "none"),
    ),
    one(
        "service without an image",
        Edit(WEB_COMPOSE, "image: web", "build: ."),
        Expected(WEB_COMPOSE, "web:", "services.web.image", "", "an image"),
    ),
    one(
        "secrets as a list",
        Edit(WEB_COMPOSE, "services:", "secrets: [a]\nservices:"),
        Expected(WEB_COMPOSE, "secrets", "secrets", "a", "a mapping"),
    ),
    one(
        "labels of a service that the compose file lacks",
        Edit(WEB_COMPOSE, "  web:\n", "  shop:\n"),
        Expected(WEB, "- {source: app.env", "environments.production.files[0].services[0]", "web", "shop"),
        Expected(WEB, "      web:", "environments.production.services.web", "web", "a service of compose.yaml: shop"),
    ),
    one(
        "external secret that nobody defines",
        Edit(PORTAINER_COMPOSE, "portainer_admin_password: {external", "portainer_admin_pasword: {external"),
        Expected(
            PORTAINER_COMPOSE,
            "portainer_admin_pasword",
            "secrets.portainer_admin_pasword",
            "portainer_admin_pasword",
            "portainer_admin_password, portainer_tls_cert, portainer_tls_key",
        ),
        Expected(
            PORTAINER_COMPOSE,
            "secrets: [",
            "services.portainer.secrets[1]",
            "portainer_admin_password",
            "a key of the file's own secrets section",
        ),
    ),
    one(
        "secret that lives in a file",
        Edit(PORTAINER_COMPOSE, "portainer_tls_cert: {external: true}", "portainer_tls_cert: {file: ./cert.pem}"),
        Expected(PORTAINER_COMPOSE, "cert.pem", "secrets.portainer_tls_cert", "cert.pem", "external: true"),
    ),
    one(
        "variable that the environment lacks",
        Edit(WEB, "      - {name: PASSWORD, secret: webPassword}\n", ""),
        Expected(WEB, "variables", "environments.production.variables", "PASSWORD", "${PASSWORD} needs a variable"),
    ),
    one(
        "variable of a label that the environment lacks",
        Edit(WEB, "server.port=80", "server.port=${PROT}"),
        Expected(WEB, "variables", "environments.production.variables", "PROT", "${PROT} needs a variable"),
    ),
    one(
        "variable given twice",
        Edit(WEB, "name: PASSWORD,", 'name: PORT, value: "81"}\n      - {name: PASSWORD,'),
        Expected(WEB, 'value: "81"', "environments.production.variables[1].name", "PORT", "each variable once"),
    ),
    one(
        "port that an agent on every node has",
        Edit(WEB, 'value: "8000"', 'value: "9001"'),
        Expected(WEB_COMPOSE, "${PORT}:80", "services.web.ports[0]", "9001/tcp", "a port of guest 201 once"),
    ),
    one(
        "one port in two protocols is no problem",
        Edit(WEB_COMPOSE, '- "${PORT}:80"', '- "${PORT}:80"\n      - "${PORT}:80/udp"'),
    ),
)
