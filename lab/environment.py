"""The environment that a program inside the lab gets: the credentials of the dev stack."""

import os
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
        "PHOENIX_ARTIFACTS": str(lab.data / "artifacts.yaml"),
        "PHOENIX_REGISTRY_MIRROR": f"https://{NODE_ADDRESS}:5000",
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    if lab.cluster_root.exists():
        trusted = "/etc/ssl/certs/ca-certificates.crt"
        given |= {"SSL_CERT_FILE": trusted, "CURL_CA_BUNDLE": trusted}
    return {**os.environ, **given}


def command(argv: list[str]) -> list[str]:
    """The command, behind ``bin/with-toolchain`` where the checkout has it."""
    wrapper = CHECKOUT / "bin" / "with-toolchain"
    return [str(wrapper), *argv] if wrapper.exists() else argv
