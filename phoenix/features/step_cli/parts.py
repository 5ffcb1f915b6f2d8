"""The parts of `step_cli`."""

import json

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from phoenix.features.download import Installed
from phoenix.features.given import Given
from phoenix.features.part import Directory, File, Part
from phoenix.features.step_cli import CliOptions

HOME = "/root/.step"


def parts(options: CliOptions, given: Given) -> list[Part]:
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
