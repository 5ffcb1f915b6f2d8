"""Names of things, as the systems that hold them take them."""

from typing import Annotated

from pydantic import StringConstraints

LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
"""One label of a DNS name (RFC 1123)."""

HostName = Annotated[str, StringConstraints(pattern=rf"^{LABEL}(?:\.{LABEL})*$", max_length=253)]

Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
"""A name of ours: a certificate, a Docker network, a storage."""

ENVIRONMENT_NAME = r"^[a-z][a-z0-9_]*$"
"""Of an environment, as the setting of a Pulumi stack has it."""

STACK_NAME = r"^[a-z0-9][a-z0-9_-]*$"
StackName = Annotated[str, StringConstraints(pattern=STACK_NAME, max_length=40)]
"""A stack's folder; Portainer lowers other letters and drops other signs without a word."""

DeployedName = Annotated[str, StringConstraints(pattern=STACK_NAME)]
"""A stack's name in the Swarm: its folder's, with the environment behind it."""

VERSION_DIGITS = 12
"""How much of a digest stands behind the base name of a Docker secret or config."""

_OBJECT = r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$"
ObjectName = Annotated[str, StringConstraints(pattern=_OBJECT, max_length=64)]
"""Of a Docker secret or config, as the engine takes it."""

ObjectBase = Annotated[str, StringConstraints(pattern=_OBJECT, max_length=64 - 1 - VERSION_DIGITS)]
"""The name of a Docker secret or config before its version."""

ADMIN_PASSWORD = "portainer_admin_password"
"""Base name of the Docker secret that holds the password of Portainer's first account, and the setting's name."""

SettingKey = Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z0-9]*$")]
"""A key of the stack's configuration, without its namespace: `agentSecret`."""

UnitName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9@_.-]+$")]
"""A systemd unit, with or without its `.service`."""

Argument = Annotated[str, StringConstraints(min_length=1)]
"""One word of a command."""
