"""Where certificates go, and who is told of a new one."""

from tests.model.broken import CERTIFICATES, Edit, Expected, one

_RELOAD = "certificates[0].distribution[0].reload"
_MANAGERS = """    distribution:
      - {{guest: {guest}, certificate: /t/cert.pem, key: /t/key.pem, reload: {{{reload}}}}}
    docker_secrets"""


def _reload(text: str) -> Edit:
    return Edit(CERTIFICATES, "unit: nginx", text)


def _elsewhere(guest: int, reload: str) -> Edit:
    """The second certificate goes to a guest, too."""
    return Edit(CERTIFICATES, "    docker_secrets", _MANAGERS.format(guest=guest, reload=reload))


CASES = (
    one(
        "certificate twice for one guest",
        Edit(
            CERTIFICATES,
            "        reload: {unit: nginx}\n",
            "      - {guest: 101, certificate: /b.crt, key: /b.key}\n",
        ),
        Expected(
            CERTIFICATES,
            "- {guest: 101",
            "certificates[0].distribution[1].guest",
            "101",
            "config/certificates.yaml:6 has it already: let its users share",
        ),
    ),
    one(
        "unit that no feature of the guest brings",
        _reload("unit: ngnix"),
        Expected(CERTIFICATES, "reload", f"{_RELOAD}.unit", "ngnix", "a feature of guest 101 brings: nginx;"),
    ),
    one("unit by its whole name", _reload("unit: nginx.service")),
    one(
        "Docker itself, which would restart every container of the guest",
        _elsewhere(202, "unit: docker"),
        Expected(CERTIFICATES, "- {guest: 202", "certificates[1].distribution[0].reload.unit", "docker", "docker-tls"),
    ),
    one("what takes Docker's place on the network", _elsewhere(202, "unit: docker-tls")),
    one("container of a guest with Docker", _elsewhere(202, "container: proxy")),
    one(
        "container of a guest without Docker",
        _reload("container: proxy"),
        Expected(CERTIFICATES, "reload", f"{_RELOAD}.container", "proxy", "guest 101 does not have the feature docker"),
    ),
    one("service of a stack", _elsewhere(201, "service: web/web")),
    one(
        "service that no stack has",
        _elsewhere(201, "service: web/shop"),
        Expected(
            CERTIFICATES,
            "- {guest: 201",
            "certificates[1].distribution[0].reload.service",
            "web/shop",
            "portainer_service/portainer, portainer_service/agent, web/web",
        ),
    ),
    one(
        "service told to a guest that does not manage the Swarm",
        _elsewhere(202, "service: web/web"),
        Expected(CERTIFICATES, "- {guest: 202", "certificates[1].distribution[0].guest", "202", "guest 202 is not it"),
    ),
    one(
        "service without its stack",
        _elsewhere(201, "service: web"),
        Expected(
            CERTIFICATES,
            "- {guest: 201",
            "certificates[1].distribution[0].reload.service",
            "web",
            "written STACK/SERVICE",
        ),
    ),
)
