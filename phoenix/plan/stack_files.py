"""What lies on the shared path for each stack: its compose file and its config files, for people and for backups."""

from phoenix.model import Cluster
from phoenix.plan.yaml_text import dump


def by_stack(cluster: Cluster) -> dict[str, dict[str, str]]:
    """Stack -> path below its folder -> text, for every stack that a guest deploys."""
    deployed = {stack.name: stack for guest in cluster.guests for stack, _ in cluster.stacks_of(guest)}
    return {name: {"compose.yaml": dump(stack.compose), **stack.contents} for name, stack in sorted(deployed.items())}
