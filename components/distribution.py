"""Stage 4: certificates into guests, services reloaded, Docker secrets and configs created."""

from collections.abc import Mapping, Sequence

import pulumi

from components.guest import Guest
from components.stage import Stage
from phoenix.plan.certificates import CertificatePlan
from phoenix.plan.cluster import ClusterPlan
from phoenix.plan.secrets import ConfigSpec, SecretSpec
from phoenix.providers.pki.authority_roots import AuthorityRoots
from phoenix.providers.pki.certificate import Certificate
from phoenix.providers.pki.certificate_copy import CertificateCopy
from phoenix.providers.swarm.docker_config import DockerConfig
from phoenix.providers.swarm.docker_secret import DockerSecret
from phoenix.providers.swarm.external_object import ExternalObject
from phoenix.providers.swarm.file_secret import FileSecret
from phoenix.providers.swarm.generated_secret import GeneratedSecret
from phoenix.providers.swarm.setting_config import SettingConfig
from phoenix.providers.swarm.setting_secret import SettingSecret
from phoenix.specs.swarm import (
    DockerSecretSpec,
    ExternalObjectSpec,
    FileSecretSpec,
    GeneratedSecretSpec,
    SettingConfigSpec,
    SettingSecretSpec,
)


class Distribution(Stage):
    """`secrets` and `named_configs` map base names to the names that exist in the Swarm; `configs` are by theirs."""

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
        self.secrets |= {
            base: self._named("secret", base, each) for base, each in plan.distribution.of_stacks.secrets.items()
        }
        self.named_configs = {
            base: self._named("config", base, each) for base, each in plan.distribution.of_stacks.configs.items()
        }
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

    def _named(self, kind: str, base: str, spec: SecretSpec | ConfigSpec) -> pulumi.Output[str]:
        """The name comes from the resource, so that whoever mounts it goes before it does."""
        name, options = f"{kind}-{base}", self.options()
        match spec:
            case SettingSecretSpec():
                return SettingSecret(name, spec, options).name
            case FileSecretSpec():
                return FileSecret(name, spec, options).name
            case GeneratedSecretSpec():
                return GeneratedSecret(name, spec, options).versioned_name
            case SettingConfigSpec():
                return SettingConfig(name, spec, options).name
            case ExternalObjectSpec():
                return ExternalObject(name, spec, options).name

    def _secret(self, base: str, spec: DockerSecretSpec, version: pulumi.Output[str], source: pulumi.Resource) -> None:
        secret = DockerSecret(f"secret-{base}", spec, self.options(source), fingerprint=version)
        self.secrets[base] = secret.versioned_name
