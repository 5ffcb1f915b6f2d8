"""Stage 4: certificates into guests, services reloaded, Docker secrets and configs created."""

from collections.abc import Mapping, Sequence

import pulumi

from components.guest import Guest
from components.stage import Stage
from phoenix.plan.certificates import CertificatePlan
from phoenix.plan.cluster import ClusterPlan
from phoenix.providers.pki.authority_roots import AuthorityRoots
from phoenix.providers.pki.certificate import Certificate
from phoenix.providers.pki.certificate_copy import CertificateCopy
from phoenix.providers.swarm.docker_config import DockerConfig
from phoenix.providers.swarm.docker_secret import DockerSecret
from phoenix.providers.swarm.setting_secret import SettingSecret
from phoenix.specs.swarm import DockerSecretSpec


class Distribution(Stage):
    """`secrets` maps base names to the versioned names that exist in the Swarm; `configs` are by their base names."""

    def __init__(
        self,
        plan: ClusterPlan,
        issued: Mapping[str, Certificate],
        roots: AuthorityRoots,
        guests: Mapping[int, Guest],
        parent: pulumi.Resource,
        after: Sequence[pulumi.Resource],
    ) -> None:
        super().__init__("distribution", parent, after)
        self._guests = guests
        self.secrets: dict[str, pulumi.Output[str]] = {}
        for name, each in plan.certificates.items():
            self._copies(name, each, issued[name], roots)
            for base, secret in each.secrets.items():
                self._secret(base, secret, issued[name].fingerprint, issued[name])
            for base, secret in each.root_secrets.items():
                self._secret(base, secret, roots.anchors, issued[name])
        password = plan.distribution.admin_password
        SettingSecret(f"secret-{password.base}", password, self.options())
        self.secrets[password.base] = pulumi.Output.from_input(password.name)
        self.configs = {
            base: DockerConfig(f"config-{base}", config, self.options())
            for base, config in plan.distribution.configs.items()
        }
        self.register_outputs({})

    def _copies(self, name: str, plan: CertificatePlan, issued: Certificate, roots: AuthorityRoots) -> None:
        for copy in plan.copies:
            CertificateCopy(
                f"copy-{name}-{copy.target.vmid}",
                copy,
                self.options(issued, self._guests[copy.target.vmid].resource),
                fingerprint=issued.fingerprint,
                anchors=roots.anchors if copy.holds_root else "",
            )

    def _secret(self, base: str, spec: DockerSecretSpec, version: pulumi.Output[str], source: pulumi.Resource) -> None:
        secret = DockerSecret(f"secret-{base}", spec, self.options(source), fingerprint=version)
        self.secrets[base] = secret.versioned_name
