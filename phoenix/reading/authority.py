"""The certificate authority in its container: what Step-CA's own configuration says, without its keys.

https://smallstep.com/docs/step-ca/configuration/
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from phoenix.clients import files
from phoenix.clients.shell import Shell
from phoenix.vocabulary.property_strings import split

_HOURS = {"h": 1.0, "m": 1 / 60, "s": 1 / 3600}


def authority(node: Shell, config: Mapping[str, str]) -> dict[str, Any] | None:
    """From the directory on the node that the container mounts; None where none of its mounts is a CA's."""
    for key in sorted(key for key in config if re.fullmatch(r"mp\d+", key)):
        path, props = split(config[key])
        text = files.read(node, f"{path}/config/ca.json") if path.startswith("/") else None
        if text is not None:
            return {**_said(json.loads(text)), **_names(node, path), "directory": props["mp"], "on_node": path}
    return None


def _said(data: Mapping[str, Any]) -> dict[str, Any]:
    inner = data.get("authority") or {}
    named = [str(each["name"]) for each in inner.get("provisioners") or () if each.get("type") == "JWK"]
    longest = str((inner.get("claims") or {}).get("maxTLSCertDuration", "24h"))
    hours = sum(float(number) * _HOURS[unit] for number, unit in re.findall(r"([\d.]+)([hms])(?!s)", longest))
    return {
        "dns_names": [str(each) for each in data.get("dnsNames") or ()],
        "port": int(str(data.get("address", ":443")).rpartition(":")[2]),
        "provisioner": named[0] if named else "",
        "max_lifetime_hours": max(1, int(hours)),
    }


def _names(node: Shell, path: str) -> dict[str, str]:
    found = {}
    for key, name in (("root_name", "root_ca.crt"), ("intermediate_name", "intermediate_ca.crt")):
        pem = files.read(node, f"{path}/certs/{name}")
        if pem is not None:
            subject = x509.load_pem_x509_certificates(pem)[0].subject
            found[key] = str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    return found
