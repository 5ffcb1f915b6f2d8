"""The stack's settings in the words of the plan: its choices, without any secret."""

from collections.abc import Mapping

import pulumi

from phoenix.clients.ssh_key import public_key
from phoenix.plan.choices import Choices
from phoenix.plan.digests import keyed_version
from phoenix.settings import Settings
from phoenix.specs.artifact import Artifact


def choices(settings: Settings, artifacts: Mapping[str, Artifact]) -> Choices:
    """What `settings` decide, for this Pulumi stack; raises ValueError when the SSH key cannot be read."""
    password, key = settings.portainer_admin_password, settings.agent_secret
    return Choices(
        owner=f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}",
        protect=settings.protect,
        allow_reboot=settings.allow_reboot,
        ssh_public_key=public_key(settings.ssh_key),
        registry_mirror=settings.registry_mirror or "",
        admin_password_version=keyed_version(password.get_secret_value(), key=key.get_secret_value()),
        artifacts=artifacts,
    )
