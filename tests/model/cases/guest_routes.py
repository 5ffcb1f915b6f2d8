"""What guests say of their services in Traefik's words."""

from tests.model.broken import FRONT, MANAGER, ROUTER, WEB, Broken, Edit, Expected, one
from tests.model.cases.labels import PORT, M, R

SERVICE = "traefik_service: {name: portainer, port: 9443, scheme: https}"
BLOCK = "traefik_service:\n  name: portainer\n  port: 9443\n  scheme: https\n"


def said(name: str, more: str, field: str, allowed: str, line: str = "") -> Broken:
    """More of the service, of which a field is refused."""
    expected = Expected(MANAGER, line or field.split(".")[0], f"traefik_service.{field}", "", allowed)
    return one(name, Edit(MANAGER, SERVICE, BLOCK + more), expected)


def guarded(name: str, text: str, field: str, allowed: str) -> Broken:
    """A middleware in one line, of which a field is refused."""
    return said(name, f"  middlewares:\n    {text}\n", f"middlewares.{field}", allowed, line=text)


def several(name: str, text: str, *expected: Expected) -> Broken:
    """Further services of the guest, one a line."""
    lines = "".join(f"  - {each}\n" for each in text.split("\n"))
    return one(name, Edit(MANAGER, SERVICE, f"{SERVICE}\ntraefik_services:\n{lines}"), *expected)


API = "{name: portainer, port: 8000, path_prefix: /api, router: portainer-api}"

CASES = (
    several(
        "several services are no problem", f"{API}\n{{name: other, port: 81, direct: true}}\n{{name: more, port: 82}}"
    ),
    several(
        "two services with one router",
        "{name: portainer, port: 8000, path_prefix: /api}",
        Expected(MANAGER, "8000", "traefik_services[0].name", "portainer", "another router: "),
    ),
    several(
        "router that another service has",
        f"{API}\n{{name: more, port: 82, router: portainer-api}}",
        Expected(MANAGER, "82", "traefik_services[1].router", "portainer-api", "another router: "),
    ),
    several(
        "further service that no certificate covers",
        "{name: a.b.example.net, port: 81}",
        Expected(MANAGER, "81", "traefik_services[0].name", "a.b.example.net", "a name that a server certificate"),
    ),
    several(
        "middleware of a further service that is none",
        "{name: more, port: 81, middlewares: {m: {addPrefix: x}}}",
        Expected(MANAGER, "81", "traefik_services[0].middlewares.m.addPrefix", "x", "given by its fields"),
    ),
    one(
        "a rule and middlewares are no problem",
        Edit(
            MANAGER,
            SERVICE,
            f"""{BLOCK}  rule: Host(`portainer.example.test`) && !PathPrefix(`/metrics`)
  middlewares:
    portainer-auth: {{basicAuth: {{users: ["a:b,c", "d:e"], removeHeader: true}}}}
    portainer-headers:
      headers: {{customResponseHeaders: {{X-Robots-Tag: none, X-A.b: ""}}, stsSeconds: 31536000}}
    portainer-compress: {{compress: {{}}}}
    portainer-all: {{chain: {{middlewares: [portainer-auth, bridge-restart]}}}}
""",
        ),
    ),
    one("a path prefix is no problem", Edit(MANAGER, SERVICE, f"{BLOCK}  path_prefix: /ui\n")),
    Broken(
        "a stack may name a guest's middleware",
        (
            Edit(MANAGER, SERVICE, f"{BLOCK}  middlewares:\n    guard: {{basicAuth: {{users: ['a:b']}}}}\n"),
            Edit(WEB, PORT, f"{PORT}          - {R}.web.middlewares=guard@file\n"),
        ),
        (),
    ),
    Broken(
        "a stack that takes the name of a guest's middleware",
        (
            Edit(MANAGER, SERVICE, f"{BLOCK}  middlewares:\n    guard: {{basicAuth: {{users: ['a:b']}}}}\n"),
            Edit(WEB, PORT, f"{PORT}          - {M}.guard.compress=true\n"),
        ),
        (Expected(WEB, "guard", "environments.production.services.web.traefik_labels[2]", "", "201-manager.yaml:25"),),
    ),
    said("rule of another host", "  rule: Host(`a.example.test`)\n", "rule", "Host(`portainer.example.test`)"),
    said("rule without a host", "  rule: PathPrefix(`/`)\n", "rule", "a Host(`...`) of its own"),
    said("rule that is none", "  rule: Host(portainer)\n", "rule", "in backticks or double quotes"),
    said("prefix that is none", "  path_prefix: ui\n", "path_prefix", "must match"),
    one(
        "rule and path prefix",
        Edit(MANAGER, SERVICE, f"{BLOCK}  path_prefix: /ui\n  rule: Host(`portainer.example.test`)\n"),
        Expected(MANAGER, "traefik_service", "traefik_service", "", "give either rule or path_prefix"),
    ),
    one(
        "path prefix of a service without Traefik",
        Edit(MANAGER, SERVICE, f"{BLOCK}  path_prefix: /ui\n  direct: true\n"),
        Expected(MANAGER, "traefik_service", "traefik_service", "", "direct leads past it"),
    ),
    one(
        "middlewares of the gateway itself",
        Edit(
            FRONT, "roles: [gateway]", "roles: [gateway]\ntraefik_service: {name: front, port: 443, path_prefix: /ui}"
        ),
        Expected(FRONT, "traefik_service", "traefik_service.path_prefix", "/ui", "nothing of Traefik for the gateway"),
    ),
    Broken(
        "two guests with one name, and paths of their own",
        (
            Edit(MANAGER, SERVICE, f"{BLOCK}  path_prefix: /a\n"),
            Edit(
                ROUTER,
                "roles: [traefik]",
                "roles: [traefik]\ntraefik_service: {name: portainer, port: 1, path_prefix: /b}",
            ),
        ),
        (Expected(MANAGER, "name: portainer", "traefik_service.name", "portainer", "102-router.yaml:"),),
    ),
    guarded("unknown kind of middleware", "a: {basicAuths: {}}", "a.basicAuths", "has addPrefix, basicAuth"),
    guarded("unknown field of a middleware", "a: {basicAuth: {user: [a]}}", "a.basicAuth.user", "has headerField"),
    guarded("list where a text stands", "a: {addPrefix: {prefix: [/a]}}", "a.addPrefix.prefix", "is no list"),
    guarded("kind without fields", "a: {headers: {}}", "a.headers", "given by its fields"),
    guarded("no kind", "a: {}", "a", "a kind of middleware"),
    guarded("two kinds", "a: {compress: {}, retry: {attempts: 2}}", "a.retry", "one kind in a middleware"),
    guarded("user that is none", "a: {basicAuth: {users: [a]}}", "a.basicAuth.users", "NAME:HASH"),
    guarded("the product's own name", "bridge-restart: {compress: {}}", "bridge-restart", "the product itself has it"),
    guarded("chain of nobody", "a: {chain: {middlewares: [b]}}", "a.chain.middlewares", "none defines b"),
    guarded("chain of itself", "a: {chain: {middlewares: [a]}}", "a.chain.middlewares", "does not come back to a"),
    Broken(
        "two guests with one middleware that differs",
        (
            Edit(MANAGER, SERVICE, f"{BLOCK}  middlewares:\n    a: {{compress: {{}}}}\n"),
            Edit(
                ROUTER,
                "roles: [traefik]",
                "roles: [traefik]\ntraefik_service: {name: x, port: 1, middlewares: {a: {retry: {attempts: 1}}}}",
            ),
        ),
        (Expected(MANAGER, "a: {compress", "traefik_service.middlewares.a", "", "102-router.yaml:"),),
    ),
)
