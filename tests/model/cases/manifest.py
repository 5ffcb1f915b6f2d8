"""Entries of the manifest of certificates whose shape is wrong."""

from tests.model.broken import CERTIFICATES, Broken, Edit, Expected, one

_COPY = "certificates[0].distribution[0]"
_LONG = "a." * 32 + "example.test"


def _certificate(text: str) -> Edit:
    return Edit(CERTIFICATES, "    sans:", f"    {text}\n    sans:")


def _path(value: str) -> Edit:
    return Edit(CERTIFICATES, "certificate: /etc/nginx/ssl/front.crt", f"certificate: {value}")


def _wrong_path(name: str, value: str, told: str) -> Broken:
    return one(name, _path(value), Expected(CERTIFICATES, "certificate: ", f"{_COPY}.certificate", value, told))


def _wrong_san(name: str, value: str) -> Broken:
    told = "a DNS name, *.<DNS name> or an IP address"
    edit = Edit(CERTIFICATES, '"*.example.test"', f'"{value}"')
    return one(name, edit, Expected(CERTIFICATES, "sans", "certificates[0].sans[0]", value, told))


CASES = (
    one(
        "certificate without a common name",
        Edit(CERTIFICATES, "    common_name: front.example.test\n", ""),
        Expected(CERTIFICATES, "- name: front", "certificates[0].common_name", "", "this key is required"),
    ),
    one(
        "certificate without a name",
        Edit(CERTIFICATES, "- name: portainer\n    common_name", "- common_name"),
        Expected(CERTIFICATES, "- common_name", "certificates[1].name", "", "this key is required"),
    ),
    one(
        "distribution without a key",
        Edit(CERTIFICATES, "        key: /etc/nginx/ssl/front.key\n", ""),
        Expected(CERTIFICATES, "- guest: 101", f"{_COPY}.key", "", "this key is required"),
    ),
    one(
        "secrets without a key",
        Edit(CERTIFICATES, ", key: portainer_tls_key", ""),
        Expected(CERTIFICATES, "docker_secrets", "certificates[1].docker_secrets.key", "", "this key is required"),
    ),
    # the node's files are <root of certificates>/<name>/..., so that only a name could lead out of it
    one(
        "name that leads out of the root of certificates",
        Edit(CERTIFICATES, "name: front", "name: ../lxc/103/ssl"),
        Expected(CERTIFICATES, "name: ../", "certificates[0].name", "../lxc/103/ssl", "must match"),
    ),
    one(
        "name that is the root of certificates",
        Edit(CERTIFICATES, "name: front", "name: ."),
        Expected(CERTIFICATES, "name: .", "certificates[0].name", ".", "must match"),
    ),
    _wrong_path("relative path", "ssl/front.crt", "must match ^/"),
    _wrong_path("path upwards", "/etc/nginx/../front.crt", "must not contain '..'"),
    _wrong_path("another spelling of a path", "/etc/nginx//ssl/front.crt", "must not contain '//'"),
    _wrong_path("one more spelling of a path", "/etc/./front.crt", "must not contain '.'"),
    _wrong_path("directory instead of a file", "/etc/nginx/ssl/", "must match"),
    _wrong_path("path with a blank", "/etc/nginx/my front.crt", "must match"),
    _wrong_san("address out of range", "10.0.0.256"),
    _wrong_san("mail address", "admin@example.test"),
    _wrong_san("URL", "https://front.example.test"),
    _wrong_san("wildcard in the middle", "front.*.test"),
    _wrong_san("network", "10.0.0.0/24"),
    _wrong_san("empty name", ""),
    _wrong_san("underscore in a name", "front_end.example.test"),
    one(
        "common name that fits no certificate",
        Edit(CERTIFICATES, "common_name: front.example.test", f"common_name: {_LONG}"),
        Expected(CERTIFICATES, "common_name: a.", "certificates[0].common_name", "a.a.", "at most 64 characters"),
    ),
    one(
        "kind",
        _certificate("kind: mail"),
        Expected(CERTIFICATES, "kind", "certificates[0].kind", "mail", "'server', 'client' or 'both'"),
    ),
    one(
        "key type",
        _certificate("key_type: rsa1024"),
        Expected(CERTIFICATES, "key_type", "certificates[0].key_type", "rsa1024", "'rsa2048' or 'rsa4096'"),
    ),
    one(
        "lifetime of nothing",
        _certificate("lifetime_hours: 0"),
        Expected(CERTIFICATES, "lifetime_hours", "certificates[0].lifetime_hours", "0", "greater than 0"),
    ),
    one(
        "key for everybody on the node",
        _certificate('key_mode: "0644"'),
        Expected(CERTIFICATES, "key_mode", "certificates[0].key_mode", "0644", "the last digit is 0"),
    ),
    one(
        "key for everybody in a guest",
        Edit(CERTIFICATES, "        reload:", '        key_mode: "0604"\n        reload:'),
        Expected(CERTIFICATES, "key_mode", f"{_COPY}.key_mode", "0604", "the last digit is 0"),
    ),
    one(
        "owner without a group",
        _certificate("owner: root"),
        Expected(CERTIFICATES, "owner", "certificates[0].owner", "root", "must match"),
    ),
    one(
        "bundle",
        Edit(CERTIFICATES, "        reload:", "        bundle: everything\n        reload:"),
        Expected(CERTIFICATES, "bundle", f"{_COPY}.bundle", "everything", "'leaf', 'chain' or 'full'"),
    ),
    one(
        "secret whose versions Docker would not take",
        Edit(CERTIFICATES, "key: portainer_tls_key", f"key: {'k' * 52}"),
        Expected(CERTIFICATES, "docker_secrets", "certificates[1].docker_secrets.key", "kkk", "at most 51"),
    ),
)
