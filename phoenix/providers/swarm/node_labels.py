"""Labels of one member of the Swarm: the desired keys have the desired values; keys of other people stay."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from phoenix.clients import swarm
from phoenix.clients.docker_engine import engine, observing, reaching
from phoenix.clients.swarm import Node
from phoenix.providers.core.reconciler import Observation, Reconciler
from phoenix.providers.core.refusal import Refuse
from phoenix.providers.core.resource import Resource
from phoenix.settings import Settings
from phoenix.specs.swarm import NodeLabelsSpec


@dataclass(frozen=True)
class SetLabels:
    """Sets these labels, keeping all others."""

    labels: Mapping[str, str]

    def __str__(self) -> str:
        return "set " + ", ".join(f"{key}={value}" for key, value in sorted(self.labels.items()))


class NodeLabelsReconciler(Reconciler[NodeLabelsSpec, SetLabels]):
    spec = NodeLabelsSpec
    replace_on = frozenset({"manager", "node_name"})

    def identity(self, desired: NodeLabelsSpec) -> str:
        return f"swarm/{desired.manager.vmid}/labels/{desired.node_name}"

    def observe(self, settings: Settings, desired: NodeLabelsSpec) -> Observation[NodeLabelsSpec] | None:
        node = self._node(settings, desired)
        if node is None:
            return None
        present = {key: node.labels[key] for key in desired.labels if key in node.labels}
        return Observation(desired.model_copy(update={"labels": present}))

    def plan(self, live: NodeLabelsSpec | None, desired: NodeLabelsSpec) -> Sequence[SetLabels]:
        present = live.labels if live else {}
        wrong = {key: value for key, value in desired.labels.items() if present.get(key) != value}
        return [SetLabels(wrong)] if wrong or live is None else []

    def perform(self, settings: Settings, desired: NodeLabelsSpec, action: SetLabels) -> None:
        self._edit(settings, desired, str(action), lambda labels: labels.update(action.labels))

    def retire(self, settings: Settings, recorded: NodeLabelsSpec, desired: NodeLabelsSpec) -> None:
        gone = recorded.labels.keys() - desired.labels.keys()
        if gone:
            self._edit(settings, desired, f"remove {', '.join(sorted(gone))}", lambda labels: _drop(labels, gone))

    def remove(self, settings: Settings, spec: NodeLabelsSpec) -> None:
        if self._node(settings, spec) is not None:
            self._edit(settings, spec, "remove the labels", lambda labels: _drop(labels, spec.labels))

    def _edit(self, settings: Settings, spec: NodeLabelsSpec, operation: str, edit: Any) -> None:
        node = self._node(settings, spec)
        if node is None:
            refusal = Refuse(f"the swarm lists no node {spec.node_name}", "see `docker node ls` on the manager")
            raise refusal.error(spec, operation)
        with _reaching(spec, operation):
            client = engine(settings, spec.manager)
            swarm.change_node(client, node.id, lambda raw: edit(raw.setdefault("Labels", {})))

    def _node(self, settings: Settings, spec: NodeLabelsSpec) -> Node | None:
        with observing(spec.manager, str(spec)):
            named = [node for node in swarm.nodes(engine(settings, spec.manager)) if node.hostname == spec.node_name]
        return min(named, key=lambda node: node.state != "ready", default=None)


def _drop(labels: dict[str, str], keys: Any) -> None:
    for key in keys:
        labels.pop(key, None)


def _reaching(spec: NodeLabelsSpec, operation: str) -> AbstractContextManager[None]:
    return reaching(spec.manager, str(spec), operation, "see `docker node ls` on the manager, then run again")


class NodeLabels(Resource[NodeLabelsSpec], reconciler=NodeLabelsReconciler()):
    """Labels of a swarm node."""
