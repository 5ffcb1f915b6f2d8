"""What `deploy` of a service may hold: https://docs.docker.com/reference/compose-file/deploy/"""

from collections.abc import Iterator, Mapping
from typing import Any

from phoenix.model.compose.shapes import Also, Fraction, Keys, ListOf, Number, Refused, Text, Wrong
from phoenix.model.compose.values import BYTES, CPUS, DURATION, LABELS, TEXT

_UPDATE = Keys(
    {
        "parallelism": Number(),
        "delay": DURATION,
        "failure_action": Text("pause|continue|rollback", "pause, continue or rollback"),
        "monitor": DURATION,
        "max_failure_ratio": Fraction(),
        "order": Text("stop-first|start-first", "stop-first or start-first"),
    }
)
_ROLLBACK = Keys({**_UPDATE.known, "failure_action": Text("pause|continue", "pause or continue")})


def _mode(deploy: Mapping[str, Any]) -> Iterator[Wrong]:
    if str(deploy.get("mode")).startswith("global") and deploy.get("replicas") is not None:
        yield ("replicas",), "no number of tasks for a service that runs on every node"


DEPLOY = Also(
    Keys(
        {
            "mode": Text("(replicated|global)(-job)?", "replicated, global, replicated-job or global-job"),
            "endpoint_mode": Text("vip|dnsrr", "vip or dnsrr"),
            "replicas": Number(),
            "labels": LABELS,
            "update_config": _UPDATE,
            "rollback_config": _ROLLBACK,
            "restart_policy": Keys(
                {
                    "condition": Text("none|on-failure|any", "none, on-failure or any"),
                    "delay": DURATION,
                    "max_attempts": Number(),
                    "window": DURATION,
                }
            ),
            "placement": Keys(
                {
                    "constraints": ListOf(Text(r"\s*[\w.-]+\s*(==|!=)\s*\S.*", "LABEL == VALUE or LABEL != VALUE")),
                    "preferences": ListOf(Keys({"spread": TEXT})),
                    "max_replicas_per_node": Number(),
                }
            ),
            "resources": Keys(
                {
                    "limits": Keys({"cpus": CPUS, "memory": BYTES, "pids": Number()}),
                    "reservations": Keys(
                        {
                            "cpus": CPUS,
                            "memory": BYTES,
                            "generic_resources": ListOf(
                                Keys({"discrete_resource_spec": Keys({"kind": TEXT, "value": Number()})})
                            ),
                            "devices": Refused("generic_resources instead: a Swarm does not know devices"),
                        }
                    ),
                }
            ),
        }
    ),
    _mode,
)
