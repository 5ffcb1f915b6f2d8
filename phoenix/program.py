"""The program: load the configuration, plan the cluster, place it, tell what a person wants to know."""

import asyncio
from importlib import import_module
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components import hook_needs
from components.choices import choices
from components.cluster import ProxmoxCluster
from phoenix import setting_keys
from phoenix.errors import PhoenixError
from phoenix.model import load
from phoenix.model.artifacts import resolve
from phoenix.plan import compose, every, secrets
from phoenix.plan.cluster import ClusterPlan, plan
from phoenix.plan.features import artifact_names
from phoenix.providers.core.read_ahead import announce
from phoenix.settings import Settings

HERE = Path(__file__).resolve().parent.parent


async def program() -> pulumi.Inputs:
    """The stack's outputs; raises RunError, with nothing placed, for whatever cannot be planned.

    The engine begins with the owner's marker while all other kinds are still loaded and placed.
    """
    try:
        settings, planned = _planned()
    except PhoenixError as error:
        raise pulumi.RunError(str(error)) from None
    # what an operator's command changes in an `up` cannot be seen before it ran
    seen = planned.infrastructure if planned.hooks.every and not pulumi.runtime.is_dry_run() else planned
    cluster = ProxmoxCluster(planned, announce(every.specs(seen)))
    built = (await asyncio.to_thread(import_module, "components.stages")).place(cluster, planned, settings)
    await built.settled()
    return {
        "urls": dict(planned.urls),
        "ca": {"url": planned.ca_url, "fingerprint": built.ca_fingerprint},
        "certificates": built.certificates,
        "endpoints": built.endpoints,
        "stacks": built.stacks,
    }


def _planned() -> tuple[Settings, ClusterPlan]:
    settings = Settings.load(pulumi.Config().get)
    cluster = load(HERE / "config", HERE / "stacks", settings.environment)
    # some language hosts hand the configuration over in the environment
    setting_keys.check(CONFIG.get() | get_config_env(), cluster)
    setting_keys.check_renewals(settings.renew_certificates, cluster)
    setting_keys.check_rotations(settings.rotate_secrets, secrets.generated(cluster))
    # what is missing is told before anything is touched; the providers read them themselves
    settings.stack_secrets(compose.secret_settings(cluster))
    artifacts = resolve(artifact_names(cluster), HERE / "config" / "artifacts.yaml", settings.artifacts)
    planned = plan(cluster, choices(settings, artifacts, secrets.settings(cluster), secrets.encrypted(cluster)))
    hook_needs.require(planned.hooks, settings)
    return settings, planned
