"""The parts of `step_ca`."""

import json

from phoenix.features.download import Installed
from phoenix.features.given import Given
from phoenix.features.part import Directory, Health, Packages, Part, Script, get
from phoenix.features.step_ca import CaOptions
from phoenix.features.step_ca.authority import AuthorityFiles
from phoenix.features.step_ca.files import Authority
from phoenix.features.template import render
from phoenix.features.unit import Unit

BINARY = "/usr/local/bin/step-ca"
_SAME = 'jq -e --argjson want "$2" ".authority.claims == \\$want" "$1" >/dev/null 2>&1'
_SET = """
umask 077
jq --argjson want "$2" '.authority.claims = $want' "$1" > "$1.new"
mv -fT "$1.new" "$1"
"""


_SERVED = 'jq -e --arg at "$2" --argjson names "$3" ".address == \\$at and .dnsNames == \\$names" "$1" >/dev/null 2>&1'
_SERVE = """
umask 077
jq --arg at "$2" --argjson names "$3" '.address = $at | .dnsNames = $names' "$1" > "$1.new"
mv -fT "$1.new" "$1"
"""


def parts(options: CaOptions, given: Given) -> list[Part]:
    claims: dict[str, object] = {
        "minTLSCertDuration": options.min_duration,
        "maxTLSCertDuration": options.max_duration,
        "defaultTLSCertDuration": options.default_duration,
    }
    # the health check asks by address, so that it needs no name server
    names = tuple(dict.fromkeys([*options.dns_names, "127.0.0.1"]))
    address = f":{options.port}"
    authority = Authority(options.name, options.provisioner, names, address, options.steppath, claims, options.acme)
    configuration = f"{options.steppath}/config/ca.json"
    root = f"{options.steppath}/certs/root_ca.crt"
    unit = render(__package__, "step-ca.service.j2", binary=BINARY, steppath=options.steppath)
    return [
        Packages(("curl", "ca-certificates", "jq")),
        Installed("step-ca", given.artifacts["step-ca"], BINARY),
        Directory(options.steppath, mode="0700"),
        AuthorityFiles(authority),
        Script("claims of the CA", _SAME, _SET, (configuration, json.dumps(claims))),
        # the CA's own certificate has those names, and it makes that one anew whenever it starts
        Script("port and names of the CA", _SERVED, _SERVE, (configuration, address, json.dumps(names))),
        Unit("step-ca", unit, files=(BINARY, configuration)),
        Health("the CA over TLS", get(f"https://127.0.0.1:{options.port}/health", "--cacert", root), "step-ca"),
    ]
