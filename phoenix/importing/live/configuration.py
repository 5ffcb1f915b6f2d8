"""From the answers of a running cluster to the new files, in memory: every answer has its entry in the ledger."""

from collections.abc import Mapping

from phoenix.importing.configuration import Configuration
from phoenix.importing.guest import CLUSTER
from phoenix.importing.ledger import Ledger
from phoenix.importing.live import certificates, cluster, dns, firewall, inside, routes, stacks
from phoenix.importing.live.answers import Answers
from phoenix.importing.live.guest import rest
from phoenix.importing.live.guests import guests
from phoenix.importing.new_file import NewFile

_ORDER = ("node", "dns", "firewall", "ca", "swarm", "portainer")
_UNSAID = "the configuration has no word for it"


def configuration(answers: Answers, environment: str, unusable: Mapping[str, str]) -> Configuration:
    """Stacks of `unusable` are left out, each with the reason.

    Raises ImportingError where the node did not say what every configuration needs.
    """
    for each in answers.files:
        each.register_secrets()
    ledger = Ledger()
    ledger.missing += answers.missing
    here = cluster.around(answers)
    file = NewFile(CLUSTER, ledger, order=_ORDER)
    manifest = NewFile("config/certificates.yaml", ledger, {"certificates": []})
    found = guests(ledger, answers.guests, here)
    machines = [each for each in found.values() if each.file.get("type") == "vm"]
    for guest in machines:
        inside.shares(guest)
    cluster.node(file, answers, here, machines)
    cluster.authority(file, answers, found)
    inside.roles(found, dns.addresses(answers.texts))
    cluster.swarm(file, answers, here, found)
    cluster.portainer(file, answers, found)
    for guest in found.values():
        inside.features(guest)
    for name, why in unusable.items():
        ledger.missing.append(f"the stack {name}, which stays as it is: {why}")
        ledger.leave_out(answers.stacks[name].top, why)
    usable = {name: each for name, each in answers.stacks.items() if name not in unusable}
    made = stacks.stacks(ledger, usable, found, environment)
    routers = frozenset(name for each in made for name in each.routers)
    served = routes.services(ledger, answers.routes, found, here.domain, routers)
    hosts = frozenset((*served, *(host for each in made for host in each.hosts)))
    gateway = next((each.ip for each in found.values() if "gateway" in (each.file.get("roles") or ())), "")
    own = routes.of_the_gateway(found, dns.led(answers.texts, gateway), hosts, here.domain)
    firewall.firewall(file, answers.texts, found, str(here.lan))
    dns.dns(file, answers.texts, found, hosts | {own}, here)
    certificates.certificates(manifest, answers.certificates, found)
    for guest in found.values():
        rest(guest)
    for answer in answers.files:
        for leaf in answer.top.leaves():
            if not ledger.is_known(leaf):
                ledger.leave_out(leaf, _UNSAID)
    of_stacks = [new for each in made for new in (each.manifest, each.compose)]
    files = (file, manifest, *(each.file for each in found.values()), *of_stacks)
    return Configuration(ledger, files, {path: text for each in made for path, text in each.texts.items()})
