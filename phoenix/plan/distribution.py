"""What stage 4 makes beside the copies of certificates: the secret of a setting, and the stacks' configs."""

from collections.abc import Mapping
from dataclasses import dataclass

from phoenix.model import Cluster
from phoenix.plan import compose, secrets, targets
from phoenix.plan.choices import Choices
from phoenix.plan.placed import placed
from phoenix.plan.secrets import SecretsPlan
from phoenix.specs.swarm import DockerConfigSpec, SettingSecretSpec
from phoenix.vocabulary.names import ADMIN_PASSWORD


@dataclass(frozen=True)
class DistributionPlan:
    """`configs` by base name, `of_stacks` what has its source in `stack.yaml`."""

    admin_password: SettingSecretSpec
    of_stacks: SecretsPlan
    configs: Mapping[str, DockerConfigSpec]


def plan(cluster: Cluster, choices: Choices) -> DistributionPlan:
    """Raises ConfigurationError."""
    manager, keep = targets.machine(cluster, cluster.swarm_manager), cluster.swarm.old_versions
    with placed(cluster, cluster, places={"keep": (cluster, ("swarm", "old_versions"))}):
        admin_password = SettingSecretSpec(
            manager=manager,
            base=ADMIN_PASSWORD,
            name=f"{ADMIN_PASSWORD}-{choices.admin_password_version}",
            setting="portainer_admin_password",
            keep=keep,
        )
    configs: dict[str, DockerConfigSpec] = {}
    for each in cluster.deployed:
        place = (each.stack, ("environments", each.environment_name, "files"))
        with placed(cluster, each.stack, places={"base": place, "name": place, "content": place}):
            for config in compose.configs(each.stack, each.environment):
                configs[config.base] = DockerConfigSpec(
                    manager=manager, base=config.base, name=config.name, content=config.content, keep=keep
                )
    return DistributionPlan(admin_password, secrets.plan(cluster, choices), configs)
