"""Stage 4: certificates into guests, services reloaded, Docker secrets and configs created."""

import base64
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_docker as docker

from components.stage import Stage
from phoenix.model import Cluster
from phoenix.plan import certificates, compose, guests
from phoenix.plan.versions import keyed_version
from phoenix.providers.certificate import Certificate
from phoenix.providers.certificate_copy import CertificateCopy
from phoenix.providers.docker_secret import DockerSecret
from phoenix.settings import Settings


class Distribution(Stage):
    """`secrets` maps each secret's base name to the versioned name that exists in the Swarm."""

    def __init__(
        self,
        cluster: Cluster,
        settings: Settings,
        issued: Mapping[str, Certificate],
        engine: docker.Provider,
        parent: pulumi.Resource,
        after: Sequence[pulumi.Resource],
    ) -> None:
        super().__init__("distribution", parent, after)
        self.secrets: dict[str, pulumi.Output[str]] = {}
        for certificate in cluster.certificates:
            source = issued[certificate.name]
            for copy in certificates.copies(cluster, certificate):
                CertificateCopy(
                    f"copy-{certificate.name}-{copy['target']['vmid']}",
                    {
                        **copy,
                        "fingerprint": source.fingerprint,
                        "root_fingerprint": source.root_fingerprint if copy.get("ca_path") else "",
                    },
                    self.options(source),
                )
            roots = certificate.docker_secrets.ca if certificate.docker_secrets else None
            for base, path in certificates.secrets(cluster, certificate).items():
                secret = DockerSecret(
                    f"secret-{base}",
                    {
                        "manager": guests.target(cluster, cluster.swarm_manager),
                        "name": base,
                        "source": path,
                        # the secret's version is the certificate that it holds, or that its key belongs to
                        "fingerprint": source.root_fingerprint if base == roots else source.fingerprint,
                    },
                    self.options(source),
                )
                self.secrets[base] = secret.versioned_name
        self._on_engine = pulumi.ResourceOptions.merge(self.options(), pulumi.ResourceOptions(provider=engine))
        self._admin_password(settings)
        self._configs(cluster)
        self.register_outputs({})

    def _admin_password(self, settings: Settings) -> None:
        password = settings.portainer_admin_password.get_secret_value()
        version = keyed_version(password, key=settings.agent_secret.get_secret_value())
        name = f"{compose.ADMIN_PASSWORD}-{version}"
        data = pulumi.Output.secret(base64.b64encode(password.encode()).decode())
        docker.Secret(f"secret-{compose.ADMIN_PASSWORD}", name=name, data=data, opts=self._on_engine)
        self.secrets[compose.ADMIN_PASSWORD] = pulumi.Output.from_input(name)

    def _configs(self, cluster: Cluster) -> None:
        for guest in cluster.guests:
            for stack, environment in cluster.stacks_of(guest):
                for config in compose.configs(stack, environment):
                    data = base64.b64encode(config.content.encode()).decode()
                    docker.ServiceConfig(f"config-{config.name}", name=config.name, data=data, opts=self._on_engine)
