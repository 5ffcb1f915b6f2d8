"""What a lab really holds of each certificate, told by openssl, the shell and Docker; the product is not asked."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from ruamel.yaml import YAML

from tests.lab.converged import Cluster

MANAGER = 1001
FIRST_MACHINE = 1000
NODE = 0
KEPT_SECRETS = 1
NOTHING = sha256(b"").hexdigest()
CERTIFICATES = "/quickOS/certificates"
ROOT = "/quickOS/lxc-persistent-data/103/ssl/certs/root_ca.crt"
OTHER_SECRETS = {"portainer_admin_password"}

_SHOW = r"""
digest() { sha256sum | cut -d' ' -f1; }
show() {
  store=$2 cert=$3 key=$4
  if [ -s "$cert" ] && [ -s "$key" ]; then
    echo "pair $1 $(openssl x509 -in "$cert" -outform DER | digest) $(digest < "$cert") $(digest < "$key")" \
      "$(openssl x509 -in "$cert" -noout -pubkey | openssl pkey -pubin -outform DER | digest)" \
      "$(openssl pkey -in "$key" -pubout -outform DER | digest)"
  fi
  for one in "$store"/versions/*; do
    case "versions/${one##*/}" in
      "$(readlink "$store/current")"|"$(readlink "$store/previous")") ;;
      *) echo "odd $one: left" ;;
    esac
  done
  find "$store" -maxdepth 1 '(' -name '.new*' -o -name pending ')' -exec echo odd {}: left ';'
  find "${cert%/*}" -maxdepth 1 '(' -name '*.new.*' -o -name '*.pem.??????' ')' -exec echo odd {}: left ';'
}
"""
# a client shows nobody what it holds: it must have read its files after they were switched
_TOLD = {
    101: r"""
told() {
  for pid in $(pgrep -f 'nginx: worker process$'); do
    [ $(($(date +%s) - $(ps -o etimes= -p "$pid") + 1)) -ge "$(stat -c %Y "$1/current")" ] ||
      echo "odd $1/current: switched after the start of nginx's worker $pid"
  done
}
""",
    102: r"""
told() {
  find /etc/traefik/dynamic -name '*.yml' ! -newer "$1/current" -exec echo "odd $1/current: switched after" {} ';'
}
""",
}
_SECRETS = r"""
docker secret ls --format 'secret {{.Name}}'
docker service inspect $(docker service ls -q) --format \
  '{{range .Spec.TaskTemplate.ContainerSpec.Secrets}}uses {{$.Spec.Name}} {{.SecretName}}{{println}}{{end}}'
"""


@dataclass(frozen=True)
class Pair:
    """A certificate's file and its key's; each field is a hex SHA-256, that of the public keys over their DER."""

    leaf: str
    certificate_file: str
    key_file: str
    of_certificate: str
    of_key: str

    @property
    def matches(self) -> bool:
        """Whether they belong together (what openssl cannot read belongs to nothing)."""
        return self.of_certificate == self.of_key != NOTHING and self.leaf != NOTHING


@dataclass
class Truth:
    """`pairs` by certificate and place (a guest's number, or NODE), the Swarm's secrets, which of them each service
    uses, and in `odd` what should not lie where it lies."""

    manifest: list[Mapping[str, Any]]
    pairs: dict[tuple[str, int], Pair] = field(default_factory=dict)
    root: str = ""
    secrets: set[str] = field(default_factory=set)
    uses: set[tuple[str, str]] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)

    def wanted(self) -> dict[str, str]:
        """Base name of each secret that is made from a certificate -> the version that the node's files say."""
        found = {}
        for each in self.manifest:
            for what, base in each.get("docker_secrets", {}).items():
                pair = self.pairs.get((each["name"], NODE))
                leaf = self.root if what == "ca" else pair.leaf if pair else ""
                found[base] = f"{base}-{leaf[:12]}"
        return found

    def mismatched(self) -> list[str]:
        """Pairs that are missing or do not belong together, wherever they lie."""
        expected = {(each["name"], place) for each in self.manifest for place in (NODE, *_guests(each))}
        absent = [f"pair {name} in {place}: missing" for name, place in expected - self.pairs.keys()]
        apart = [f"pair {name} in {place}: apart" for (name, place), pair in self.pairs.items() if not pair.matches]
        return sorted(absent + apart)

    def problems(self) -> list[str]:
        """All that is wrong; nothing when the files, the secrets and their users are of one mind."""
        return [*self.mismatched(), *self._differing(), *self._secrets(), *self.odd]

    def renewed_since(self, before: "Truth") -> str:
        """How far a renewal had come, in numbers: on the node, in guests, secrets, services."""
        new = [place for key, pair in self.pairs.items() for place in key[1:] if before.pairs[key].leaf != pair.leaf]
        made, moved = self.secrets - before.secrets, self.uses - before.uses
        on_node = new.count(NODE)
        return f"node {on_node}, copies {len(new) - on_node}, secrets {len(made)}, references {len(moved)}"

    def _differing(self) -> Iterator[str]:
        for (name, place), pair in self.pairs.items():
            truth = self.pairs.get((name, NODE))
            files = (pair.certificate_file, pair.key_file)
            if truth and files != (truth.certificate_file, truth.key_file):
                yield f"pair {name} in {place}: not the node's"

    def _secrets(self) -> Iterator[str]:
        wanted = self.wanted()
        known = {base: {name for name in self.secrets if name.rpartition("-")[0] == base} for base in wanted}
        for base, present in wanted.items():
            if present not in self.secrets:
                yield f"secret {present}: missing"
            if len(old := sorted(known[base] - {present})) > KEPT_SECRETS:
                yield f"secret {base}: too many old ones, {', '.join(old)}"
        others = {name for name in self.secrets if name.rpartition("-")[0] in OTHER_SECRETS}
        yield from (f"secret {name}: nobody's" for name in self.secrets - others - set().union(*known.values()))
        for service, name in self.uses:
            base = name.rpartition("-")[0]
            if base in wanted and name != wanted[base]:
                yield f"service {service}: still uses {name}"


def look(cluster: Cluster) -> Truth:
    """Reads the node, every guest that has a copy, and the Swarm.

    :raises AssertionError: one of them cannot be asked.
    """
    manifest = YAML(typ="safe").load(cluster.checkout / "config" / "certificates.yaml")["certificates"]
    truth = Truth(manifest)
    for place in (NODE, *sorted({guest for each in manifest for guest in _guests(each)})):
        script = [_SHOW, _TOLD.get(place, "told() { :; }")]
        for name, *paths in _paths(manifest, place):
            script += [shlex.join(["show", name, *paths]), shlex.join(["told", paths[0]])]
        for line in _run(cluster, place, "\n".join(script)):
            what, _, rest = line.partition(" ")
            if what == "pair":
                name, *digests = rest.split()
                truth.pairs[name, place] = Pair(*digests)
            else:
                truth.odd.append(f"{rest} ({place})")
    truth.root = cluster.node(f"openssl x509 -in {ROOT} -outform DER | sha256sum").split()[0]
    for line in _run(cluster, MANAGER, _SECRETS):
        match line.split():
            case ["secret", name]:
                truth.secrets.add(name)
            case ["uses", service, name]:
                truth.uses.add((service, name))
    return truth


def _guests(certificate: Mapping[str, Any]) -> list[int]:
    return [each["guest"] for each in certificate.get("distribution", ())]


def _paths(manifest: list[Mapping[str, Any]], place: int) -> Iterator[tuple[str, str, str, str]]:
    for each in manifest:
        name = each["name"]
        if place == NODE:
            store = f"{CERTIFICATES}/{name}"
            yield name, store, f"{store}/cert.pem", f"{store}/key.pem"
        for copy in each.get("distribution", ()):
            if copy["guest"] == place:
                folder = PurePosixPath(copy["certificate"]).parent
                yield name, f"{folder}/.{name}", copy["certificate"], copy["key"]


def _run(cluster: Cluster, place: int, script: str) -> list[str]:
    if place == NODE:
        return cluster.node(script).splitlines()
    if place > FIRST_MACHINE:
        return cluster.machine(place, script).splitlines()
    return cluster.node(shlex.join(["pct", "exec", str(place), "--", "sh", "-uc", script])).splitlines()
