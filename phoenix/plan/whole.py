"""Makes every artifact once, so that what cannot be planned is told before anything is touched."""

from collections.abc import Callable, Iterator
from functools import partial

from phoenix.errors import PhoenixError
from phoenix.model import Cluster
from phoenix.plan import certificates, compose, connections, dns, features, firewall, nginx, order, traefik


class PlanError(PhoenixError):
    """The configuration is well-formed, but no cluster can be planned from it; the message holds every problem."""


def check(cluster: Cluster) -> None:
    """Raises PlanError with every artifact that cannot be made, and why."""
    problems = []
    for artifact, make in _artifacts(cluster):
        try:
            make()
        except KeyError as error:
            problems.append(f"{artifact}: {error.args[0]}")
        except (ValueError, PhoenixError) as error:
            problems.append(f"{artifact}: {error}")
    if problems:
        raise PlanError("no cluster can be planned from the configuration:\n  " + "\n  ".join(problems))


def _artifacts(cluster: Cluster) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "root certificate", partial(features.root_path, cluster)
    yield "order of the guests", partial(order.creation_order, cluster)
    yield "DNS", partial(dns.records, cluster)
    yield "firewall", partial(connections.check, cluster)
    yield "firewall files", partial(firewall.files, cluster)
    for certificate in cluster.certificates:
        yield f"certificate {certificate.name}", partial(certificates.copies, cluster, certificate)
    names = {base: base for each in cluster.certificates for base in certificates.secrets(cluster, each)}
    names[compose.ADMIN_PASSWORD] = compose.ADMIN_PASSWORD
    for guest in cluster.machines:
        for stack, environment in cluster.stacks_of(guest):
            yield f"stack {stack.name}", partial(compose.render, stack, environment, guest, names)
    yield "Traefik's routes", partial(traefik.dynamic_config, cluster)
    yield "the gateway", partial(nginx.gateway_config, cluster)
