"""What the operator wants to be run after a create, a change, a renewal or a whole `up`, by pulumi-command."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi

from components.guest import Guest
from components.hook_needs import host_key
from components.stage import Stage
from phoenix.clients.shell import node_account
from phoenix.model import HookEvent
from phoenix.plan.hooks import HooksPlan, PlannedHook
from phoenix.providers.core.resource import Resource
from phoenix.providers.pki.certificate import Certificate
from phoenix.settings import Settings


class Hooks(Stage):
    """Hooks that run at one moment of an `up`, each a command with triggers: it runs again when one of them changed."""

    def __init__(
        self, name: str, plan: HooksPlan, settings: Settings, parent: pulumi.Resource, after: Sequence[pulumi.Resource]
    ) -> None:
        super().__init__(name, parent, after)
        self._plan, self._settings = plan, settings

    def add(self, hook: PlannedHook, trigger: pulumi.Input[Any], *after: pulumi.Resource) -> None:
        """One hook, which runs when `trigger` or its own command changed."""
        # an optional extra: without hooks nothing may ask for it
        from pulumi_command import local, remote

        given: dict[str, Any] = {
            "create": hook.script,
            # whatever else changed (the SSH key) is no reason to run
            "update": ":",
            "triggers": [hook.script, trigger],
            "add_previous_output_in_env": False,
        }
        name, options = f"hook-{hook.name}", self.options(*after)
        if hook.local:
            local.Command(name, **given, opts=options)
        else:
            remote.Command(name, **given, connection=self._connection(), opts=options)

    def _connection(self) -> Any:
        from pulumi_command import remote

        account = node_account(self._settings, self._plan.node)
        return remote.ConnectionArgs(
            host=account.address,
            port=account.port,
            user=account.user,
            private_key=pulumi.Output.secret(Path(account.key_file).read_text()),
            host_key=host_key(self._plan, self._settings),
            dial_error_limit=3,
        )


def after_guests(
    plan: HooksPlan, settings: Settings, guests: Mapping[int, Guest], parent: pulumi.Resource
) -> list[Hooks]:
    """The hooks of guests, when all of the guest is complete; their stage, or nothing without any."""
    if not plan.of_guests:
        return []
    stage = Hooks("guest-hooks", plan, settings, parent, [])
    for each in plan.of_guests:
        guest = guests[int(each.owner)]
        created = each.after is HookEvent.CREATE
        stage.add(each, guest.resource.created_at if created else guest.resource.changed_at, guest)
    stage.register_outputs({})
    return [stage]


def after_renewals(
    plan: HooksPlan,
    settings: Settings,
    issued: Mapping[str, Certificate],
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource],
) -> list[Hooks]:
    """The hooks of certificates, when the renewed one has arrived everywhere; their stage, or nothing without any."""
    if not plan.of_certificates:
        return []
    stage = Hooks("renewal-hooks", plan, settings, parent, after)
    for each in plan.of_certificates:
        stage.add(each, issued[each.owner].fingerprint)
    stage.register_outputs({})
    return [stage]


def after_up(
    plan: HooksPlan,
    settings: Settings,
    made: Iterable[Resource[Any]],
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource],
) -> list[Hooks]:
    """The hooks of the cluster, after an `up` that changed any of the resources `made`, or took one away."""
    if not plan.of_cluster:
        return []
    stage = Hooks("up-hooks", plan, settings, parent, after)
    changes = pulumi.Output.all(*(each.changed_at for each in made)).apply(_digest)
    for each in plan.of_cluster:
        stage.add(each, changes)
    stage.register_outputs({})
    return [stage]


def _digest(moments: Sequence[str | None]) -> str:
    return hashlib.sha256("\n".join(map(str, moments)).encode()).hexdigest()[:16]
