"""The environment that a program inside the lab gets: the credentials of the dev stack."""

import os
import subprocess
from pathlib import Path

from lab.place import NODE_ADDRESS, TOKEN_ID, Lab

PASSPHRASE = "phoenix-lab"
CHECKOUT = Path(__file__).resolve().parent.parent


def environment(lab: Lab) -> dict[str, str]:
    """The caller's environment with the dev stack's settings."""
    secrets = lab.secrets
    backend = lab.state / "pulumi"
    backend.mkdir(exist_ok=True)
    given = {
        "PHOENIX_PROXMOX_TOKEN": f"{TOKEN_ID}={(secrets / 'token').read_text().strip()}",
        "PHOENIX_PROXMOX_CA": str(secrets / "ca.pem"),
        "PHOENIX_SSH_KEY": str(secrets / "id_ed25519"),
        "PHOENIX_KNOWN_HOSTS": str(secrets / "known_hosts"),
        "PHOENIX_PORTAINER_ADMIN_PASSWORD": (secrets / "portainer_admin_password").read_text().strip(),
        "PHOENIX_AGENT_SECRET": (secrets / "agent_secret").read_text().strip(),
        "PHOENIX_DATABASE_PASSWORD": (secrets / "database_password").read_text().strip(),
        "PHOENIX_ARTIFACTS": str(lab.data / "artifacts.yaml"),
        "PHOENIX_REGISTRY_MIRROR": f"https://{NODE_ADDRESS}:5000",
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    if lab.cluster_root.exists():
        trusted = "/etc/ssl/certs/ca-certificates.crt"
        given |= {"SSL_CERT_FILE": trusted, "CURL_CA_BUNDLE": trusted}
    return {**_toolchain(), **given}


def _toolchain() -> dict[str, str]:
    """The caller's environment as ``bin/toolchain`` changes it. It is asked out here, because a toolchain that
    is not ready yet needs the network.

    :raises RuntimeError: it could not be prepared (it has said why).
    """
    wrapper = CHECKOUT / "bin" / "toolchain"
    if not wrapper.exists():
        return dict(os.environ)
    run = subprocess.run([str(wrapper), "env", "-0"], stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"the toolchain is not ready: {wrapper} failed")
    return dict(entry.split("=", 1) for entry in run.stdout.split("\0") if "=" in entry)
