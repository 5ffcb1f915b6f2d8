"""Traefik labels of a stack's service."""

import re

from phoenix.importing.guest import NewGuest
from phoenix.importing.new_file import NewFile
from phoenix.importing.old import Old
from phoenix.importing.secrets import is_secret
from phoenix.model.document import Loc

_RULE = re.compile(r"^traefik\.http\.routers\.([^.]+)\.rule=(.*)$")
_ENTRYPOINT = re.compile(r"^(traefik\.http\.routers\.[^.]+\.)entrypoints=(.*)$")
_RESOLVER = re.compile(r"^traefik\.http\.routers\.[^.]+\.tls\.certresolver=")
_ROUTED = "the name is the traefik_service of the guest already: Traefik knows one router of a name"
_NO_RESOLVER = "no version of the old Traefik had that resolver; certificates come from the manifest"
_NETWORK = "Traefik stands outside of the Swarm: it reaches the port that the service publishes"
_SECRET = "everybody can read a service's labels: a secret is no label"
_TLS = "Traefik serves TLS alone, at its entry point websecure: the gateway comes that way"


def labels(new: NewFile, at: Loc, service: Old, guest: NewGuest, domain: str) -> None:
    """The service's labels in the list at `at`; none where its host is the guest's own service."""
    given = service.get("traefik_labels")
    every = [*given.entries()] if given is not None else []
    name = str(guest.file.get("traefik_service", "name") or "").lower().removesuffix(f".{domain}")
    rules = [match[2] for each in every if (match := _RULE.match(each.text()))]
    if name and any(f"`{name}.{domain}`" in rule.lower() for rule in rules):
        new.add(at[:-1], {})
        new.ledger.leave_out(given, _ROUTED)
        return
    if not every:
        new.add(at[:-1], {})
    tls = {each.text().rpartition(".tls=")[0] for each in every if each.text().endswith(".tls=true")}
    for each in every:
        text = each.text()
        if _RESOLVER.match(text):
            new.ledger.leave_out(each, _NO_RESOLVER)
        elif is_secret("", text):
            new.ledger.leave_out(each, _SECRET)
        elif text.startswith("traefik.docker."):
            new.ledger.leave_out(each, _NETWORK)
        elif (match := _ENTRYPOINT.match(text)) and match[2] != "websecure":
            new.change((*at, len(new.get(*at) or ())), f"{match[1]}entrypoints=websecure", each, _TLS)
            if match[1].rstrip(".") not in tls:
                new.add((*at, len(new.get(*at))), f"{match[1]}tls=true", _TLS)
        else:
            new.keep((*at, len(new.get(*at) or ())), each, text)
