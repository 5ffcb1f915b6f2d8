"""The stack's settings in the words of the plan: its choices, without any secret."""

from collections.abc import Iterable, Mapping

import pulumi

from phoenix.clients import sops
from phoenix.clients.ssh_key import public_key
from phoenix.errors import PhoenixError
from phoenix.plan.choices import Choices
from phoenix.plan.digests import keyed_version
from phoenix.settings import Settings
from phoenix.specs.artifact import Artifact
from phoenix.vocabulary.numbers import HELD_BYTES


def choices(
    settings: Settings, artifacts: Mapping[str, Artifact], keys: Iterable[str] = (), files: Iterable[str] = ()
) -> Choices:
    """What `settings` decide, for this Pulumi stack.

    `keys` are of settings, `files` encrypted ones below `stacks/`, that become secrets or configs of the Swarm. Raises
    ValueError when the SSH key cannot be read, PhoenixError when a setting or a file cannot, or holds too much.
    """
    password, key = settings.portainer_admin_password, settings.agent_secret.get_secret_value()
    given = {name: value.encode() for name, value in settings.stack_secrets(keys).items()}
    decrypted = {file: sops.decrypted(settings, file) for file in files}
    _bounded({f"phoenix:{name}": value for name, value in given.items()})
    _bounded({f"stacks/{file}": content for file, content in decrypted.items()})
    return Choices(
        owner=f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}",
        protect=settings.protect,
        allow_reboot=settings.allow_reboot,
        ssh_public_key=public_key(settings.ssh_key),
        registry_mirror=settings.registry_mirror or "",
        admin_password_version=keyed_version(password.get_secret_value().encode(), key=key),
        artifacts=artifacts,
        setting_versions={name: keyed_version(value, key=key) for name, value in given.items()},
        file_versions={file: keyed_version(content, key=key) for file, content in decrypted.items()},
    )


def _bounded(held: Mapping[str, bytes]) -> None:
    wrong = {name: len(content) for name, content in held.items() if not 0 < len(content) < HELD_BYTES}
    if wrong:
        told = (f"  {name} has {size} bytes; Docker takes 1 to {HELD_BYTES - 1}" for name, size in wrong.items())
        raise PhoenixError("\n".join(["what shall be a Docker secret or config is none:", *told]))
