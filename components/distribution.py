"""Stage 4: certificates into guests, services reloaded, Docker secrets and configs created."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.stage import Stage
from phoenix.model import Cluster
from phoenix.plan import certificates, compose, guests
from phoenix.plan.versions import keyed_version
from phoenix.providers.authority_roots import AuthorityRoots
from phoenix.providers.certificate import Certificate
from phoenix.providers.certificate_copy import CertificateCopy
from phoenix.providers.docker_config import DockerConfig
from phoenix.providers.docker_secret import DockerSecret
from phoenix.providers.setting_secret import SettingSecret
from phoenix.settings import Settings


class Distribution(Stage):
    """`secrets` maps each secret's base name to the versioned name that exists in the Swarm."""

    def __init__(
        self,
        cluster: Cluster,
        settings: Settings,
        issued: Mapping[str, Certificate],
        roots: AuthorityRoots,
        parent: pulumi.Resource,
        after: Sequence[pulumi.Resource],
    ) -> None:
        super().__init__("distribution", parent, after)
        self.secrets: dict[str, pulumi.Output[str]] = {}
        manager = guests.target(cluster, cluster.swarm_manager)
        for certificate in cluster.certificates:
            source = issued[certificate.name]
            for copy in certificates.copies(cluster, certificate):
                CertificateCopy(
                    f"copy-{certificate.name}-{copy['target']['vmid']}",
                    {
                        **copy,
                        "fingerprint": source.fingerprint,
                        "anchors": roots.anchors if certificates.holds_root(copy) else "",
                    },
                    self.options(source),
                )
            trusted = certificate.docker_secrets.ca if certificate.docker_secrets else None
            for base, path in certificates.secrets(cluster, certificate).items():
                secret = DockerSecret(
                    f"secret-{base}",
                    {
                        "manager": manager,
                        "name": base,
                        "source": path,
                        "keep": cluster.swarm.old_versions,
                        # the version is the certificate that it holds or that its key belongs to, or the roots
                        "fingerprint": roots.anchors if base == trusted else source.fingerprint,
                    },
                    self.options(source),
                )
                self.secrets[base] = secret.versioned_name
        self._admin_password(cluster, manager, settings)
        self._configs(cluster, manager)
        self.register_outputs({})

    def _admin_password(self, cluster: Cluster, manager: Mapping[str, Any], settings: Settings) -> None:
        password = settings.portainer_admin_password.get_secret_value()
        base = compose.ADMIN_PASSWORD
        name = f"{base}-{keyed_version(password, key=settings.agent_secret.get_secret_value())}"
        properties = {
            "manager": manager,
            "base": base,
            "name": name,
            "setting": "portainer_admin_password",
            "keep": cluster.swarm.old_versions,
        }
        SettingSecret(f"secret-{base}", properties, self.options())
        self.secrets[base] = pulumi.Output.from_input(name)

    def _configs(self, cluster: Cluster, manager: Mapping[str, Any]) -> None:
        # a stack that runs on several guests mounts the same files
        wanted = {
            config.base: config
            for guest in cluster.guests
            for stack, environment in cluster.stacks_of(guest)
            for config in compose.configs(stack, environment)
        }
        for base, config in wanted.items():
            properties = {
                "manager": manager,
                "base": base,
                "name": config.name,
                "content": config.content,
                "keep": cluster.swarm.old_versions,
            }
            DockerConfig(f"config-{base}", properties, self.options())
