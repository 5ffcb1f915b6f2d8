"""What lies on the shared path for each stack: its compose file and its config files, for people and for backups."""

from phoenix.model import Cluster
from phoenix.plan.placed import placed
from phoenix.plan.yaml_text import dump
from phoenix.specs.files import StackFilesSpec


def by_stack(cluster: Cluster) -> dict[str, StackFilesSpec]:
    """Stack -> its files below its folder, for every stack that a guest deploys; raises ConfigurationError."""
    deployed = {each.stack.name: each.stack for each in cluster.deployed}
    found: dict[str, StackFilesSpec] = {}
    for name, stack in sorted(deployed.items()):
        places = {"directory": (cluster, ("node", "paths", "stacks")), "files": (stack, ("environments",))}
        with placed(cluster, stack, places=places):
            found[name] = StackFilesSpec(
                node=cluster.node.at,
                directory=f"{cluster.node.paths.stacks}/{name}",
                files={"compose.yaml": dump(stack.compose), **stack.contents},
            )
    return found
