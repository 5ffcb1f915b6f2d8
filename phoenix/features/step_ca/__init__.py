"""The certificate authority: step-ca with a PKI that is made once, its claims, its unit, and a real TLS answer."""

import json

from phoenix.features.download import Installed
from phoenix.features.feature import Feature, Given, Options, render
from phoenix.features.part import Directory, Health, Packages, Part, Script, get
from phoenix.features.step_ca.authority import AuthorityFiles
from phoenix.features.step_ca.pki import Authority
from phoenix.features.unit import Unit

BINARY = "/usr/local/bin/step-ca"
_SAME = 'jq -e --argjson want "$2" ".authority.claims == \\$want" "$1" >/dev/null 2>&1'
_SET = """
umask 077
jq --argjson want "$2" '.authority.claims = $want' "$1" > "$1.new"
mv -fT "$1.new" "$1"
"""


class CaOptions(Options):
    """`dns_names` are what its own certificate holds, addresses among them; durations are in Go's notation."""

    dns_names: tuple[str, ...]
    name: str = "ThinkHeads Internal CA"
    provisioner: str = "admin@thinkheads.ai"
    acme: str = "acme"
    """Name of the ACME provisioner, empty for none."""
    steppath: str = "/etc/step-ca/ssl"
    port: int = 9000
    min_duration: str = "5m"
    default_duration: str = "24h"
    max_duration: str = "24h"


def _parts(options: CaOptions, given: Given) -> list[Part]:
    claims: dict[str, object] = {
        "minTLSCertDuration": options.min_duration,
        "maxTLSCertDuration": options.max_duration,
        "defaultTLSCertDuration": options.default_duration,
    }
    # the health check asks by address, so that it needs no name server
    names = tuple(dict.fromkeys([*options.dns_names, "127.0.0.1"]))
    authority = Authority(
        options.name, options.provisioner, names, f":{options.port}", options.steppath, claims, options.acme
    )
    configuration = f"{options.steppath}/config/ca.json"
    root = f"{options.steppath}/certs/root_ca.crt"
    unit = render(__name__, "step-ca.service.j2", binary=BINARY, steppath=options.steppath)
    return [
        Packages(("curl", "ca-certificates", "jq")),
        Installed("step-ca", given.artifacts["step-ca"], BINARY),
        Directory(options.steppath, mode="0700"),
        AuthorityFiles(authority),
        Script("claims of the CA", _SAME, _SET, (configuration, json.dumps(claims))),
        Unit("step-ca", unit, files=(BINARY, configuration)),
        Health("the CA over TLS", get(f"https://127.0.0.1:{options.port}/health", "--cacert", root), "step-ca"),
    ]


FEATURE = Feature("step_ca", CaOptions, _parts, artifacts=("step-ca",))
