"""The gateway's settings: values, sites, ports."""

from tests.model.broken import BASE, CLUSTER, FRONT, WORKER, Broken, Edit, Expected, one


def _given(text: str) -> Edit:
    return Edit(CLUSTER, "dns:\n", f"gateway:\n  {text}\ndns:\n")


def _wrong(name: str, text: str, field: str, value: str, allowed: str) -> Broken:
    """One line below `gateway`, and the problem that it is."""
    return one(f"gateway: {name}", _given(text), Expected(CLUSTER, text, f"gateway.{field}", value, allowed))


def _right(name: str, text: str) -> Broken:
    return one(f"gateway: {name}", _given(text))


_FORWARD = "forwards: [{{port: {}, guest: {}, guest_port: 22}}]"
_PORT, _GUEST = "forwards[0].port", "forwards[0].guest"

CASES = (
    _right("nothing", "sites: []"),
    _right("a site of a stack, in capitals", "sites: [{host: Web.example.test, max_body_mb: 1, buffering: true}]"),
    _right("the site of Traefik", "sites: [{host: traefik.example.test, read_timeout_seconds: 5}]"),
    _right("a port", _FORWARD.format(22, 202)),
    _right("headers", "response_headers: {X-Frame-Options: DENY, Permissions-Policy: 'camera=(self \"https://a\")'}"),
    _right("HSTS for the list", "hsts: {include_subdomains: true, preload: true}"),
    _wrong(
        "an unknown key",
        "bufering: true",
        "bufering",
        "true",
        "no such key; allowed are hsts, response_headers, trusted_proxies, sites, forwards",
    ),
    _wrong("HSTS of no time", "hsts: {max_age_days: 0}", "hsts.max_age_days", "0", "greater than 0"),
    _wrong(
        "HSTS for the list without subdomains",
        "hsts: {preload: true}",
        "hsts",
        "preload",
        "preload needs include_subdomains, and max_age_days of 365 or more",
    ),
    _wrong(
        "HSTS for the list, but short",
        "hsts: {preload: true, include_subdomains: true, max_age_days: 364}",
        "hsts",
        "364",
        "max_age_days of 365 or more",
    ),
    _wrong(
        "a header that Nginx would fill in",
        "response_headers: {X-A: $host}",
        "response_headers.X-A",
        "$host",
        "must match",
    ),
    _wrong(
        "a header that ends a string", 'response_headers: {X-A: "a\\\\"}', "response_headers.X-A", "a\\", "must match"
    ),
    _wrong("a header without a value", 'response_headers: {X-A: ""}', "response_headers.X-A", "", "must match"),
    _wrong("a name that is no header's", "response_headers: {X A: b}", "response_headers.X A", "", "must match"),
    _wrong(
        "a header twice",
        "response_headers: {X-A: b, x-a: c}",
        "response_headers",
        "X-A",
        "a header once, whatever its capitals: X-A",
    ),
    _wrong(
        "HSTS as a header",
        "response_headers: {strict-transport-security: max-age=1}",
        "response_headers.strict-transport-security",
        "",
        "give it as hsts",
    ),
    _wrong(
        "a header that frames a message",
        "response_headers: {Content-Length: '1'}",
        "response_headers.Content-Length",
        "",
        "no header that frames a message: connection, content-length",
    ),
    _wrong(
        "everybody as a trusted proxy",
        "trusted_proxies: {networks: [192.0.2.1, 0.0.0.0/0]}",
        "trusted_proxies.networks",
        "0.0.0.0/0",
        "the networks of the proxies, not of everybody",
    ),
    _wrong(
        "nobody as a trusted proxy", "trusted_proxies: {networks: []}", "trusted_proxies.networks", "[]", "at least 1"
    ),
    _wrong(
        "a site that nothing routes",
        "sites: [{host: shop.example.test}]",
        "sites[0].host",
        "shop.example.test",
        "a host name that is routed: portainer.example.test, traefik.example.test, web.example.test, www.example.test",
    ),
    _wrong(
        "a site that Nginx answers for itself",
        "sites: [{host: front.example.test}]",
        "sites[0].host",
        "front.example.test",
        "a host name that is routed",
    ),
    _wrong(
        "a site twice",
        "sites: [{host: web.example.test}, {host: WEB.example.test}]",
        "sites[1].host",
        "WEB.example.test",
        "a host name once; ",
    ),
    _wrong(
        "a body of nothing", "sites: [{host: web.example.test, max_body_mb: 0}]", "sites[0].max_body_mb", "0", "than 0"
    ),
    _wrong("the port of HTTPS", _FORWARD.format(443, 202), _PORT, "443", "a port once; the gateway itself has it"),
    _wrong("the port of HTTP", _FORWARD.format(80, 202), _PORT, "80", "a port once; the gateway itself has it"),
    _wrong(
        "a port twice",
        "forwards: [{port: 22, guest: 202, guest_port: 22}, {port: 22, guest: 201, guest_port: 22}]",
        "forwards[1].port",
        "22",
        "a port once; ",
    ),
    _wrong(
        "HTTPS as the port of the PROXY protocol",
        "trusted_proxies: {networks: [192.0.2.1], proxy_protocol_port: 443}",
        "trusted_proxies.proxy_protocol_port",
        "443",
        "a port once; the gateway itself has it",
    ),
    Broken(
        "gateway: the port of the PROXY protocol again",
        (
            _given("trusted_proxies: {networks: [192.0.2.1], proxy_protocol_port: 8443}"),
            Edit(CLUSTER, "gateway:\n", f"gateway:\n  {_FORWARD.format(8443, 202)}\n"),
        ),
        (Expected(CLUSTER, "forwards", f"gateway.{_PORT}", "8443", "a port once; "),),
    ),
    _wrong("a port to nobody", _FORWARD.format(22, 444), _GUEST, "444", "the VMID of a guest that has a file"),
    _wrong("a port to a template", _FORWARD.format(22, 100), _GUEST, "100", "a guest that runs, with a fixed address"),
    _wrong("a port to itself", _FORWARD.format(22, 101), _GUEST, "101", "another guest than the gateway"),
    Broken(
        "gateway: a port, and Nginx from the template",
        (
            _given(_FORWARD.format(22, 202)),
            Edit(FRONT, "[base_setup, nginx]", "[base_setup]"),
            Edit(BASE, "[base_setup]", "[base_setup, nginx]"),
        ),
        (Expected(FRONT, "features", "features", "base_setup", "nginx among the gateway's own features"),),
    ),
    Broken(
        "gateway: a site of a guest that cannot be read",
        (_given("sites: [{host: shop.example.test}]"), Edit(WORKER, "cores: 2", "cores: two")),
        (Expected(WORKER, "cores", "cores", "two", "integer"),),
    ),
)
