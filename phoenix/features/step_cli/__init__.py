"""The step command line, bootstrapped for root: it knows the CA's address, fingerprint and root certificate."""

import json
from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from phoenix.features.download import Installed
from phoenix.features.feature import Feature, Given, Options
from phoenix.features.part import Directory, File, Part

HOME = "/root/.step"


class CliOptions(Options):
    """`root` is the path of the root's PEM on the node, `ca_url` the CA's address, `https://HOST:PORT`."""

    root: str
    ca_url: str


def _parts(options: CliOptions, given: Given) -> list[Part]:
    pem = given.node_files["root"]
    root = f"{HOME}/certs/root_ca.crt"
    fingerprint = x509.load_pem_x509_certificate(pem).fingerprint(SHA256()).hex()
    defaults = {"ca-url": options.ca_url, "fingerprint": fingerprint, "root": root, "redirect-url": ""}
    return [
        Installed("step-cli", given.artifacts["step-cli"], "/usr/local/bin/step"),
        Directory(HOME, mode="0700"),
        File(root, pem.decode(), mode="0600"),
        File(f"{HOME}/config/defaults.json", json.dumps(defaults, indent=2) + "\n", mode="0600"),
    ]


def _node_files(options: CliOptions) -> Mapping[str, str]:
    return {"root": options.root}


FEATURE = Feature("step_cli", CliOptions, _parts, artifacts=("step-cli",), node_files=_node_files)
