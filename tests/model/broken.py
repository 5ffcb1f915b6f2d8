"""The form of a broken configuration: what is changed, and the problems that must come of it."""

from typing import NamedTuple

G = "config/guests/"
FRONT, ROUTER, AUTHORITY = G + "101-front.yaml", G + "102-router.yaml", G + "103-authority.yaml"
BASE, MANAGER, WORKER = G + "100-base.yaml", G + "201-manager.yaml", G + "202-worker.yaml"
CLUSTER, CERTIFICATES = "config/cluster.yaml", "config/certificates.yaml"
WEB, WEB_COMPOSE = "stacks/web/stack.yaml", "stacks/web/compose.yaml"
PORTAINER, PORTAINER_COMPOSE = "stacks/portainer_service/stack.yaml", "stacks/portainer_service/compose.yaml"


class Edit(NamedTuple):
    """Replaces the first `old` in a file of the small cluster; where that is empty, the file is a new one."""

    file: str
    old: str
    new: str


class Expected(NamedTuple):
    """A problem: its file, a text on its line, its field, and parts of the value and of what is allowed."""

    file: str
    line: str
    field: str
    value: str
    allowed: str


class Broken(NamedTuple):
    """One case; `expected` is every problem, no more and no less."""

    name: str
    edits: tuple[Edit, ...]
    expected: tuple[Expected, ...]
    environment: str = "production"


def one(name: str, edit: Edit, *expected: Expected, environment: str = "production") -> Broken:
    """A case with one edit."""
    return Broken(name, (edit,), expected, environment)
