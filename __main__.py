"""Load the configuration, plan the cluster, build it, export what a person wants to know."""

from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components import hooks
from components.choices import choices
from components.cluster import ProxmoxCluster
from phoenix import setting_keys
from phoenix.errors import PhoenixError
from phoenix.model import load
from phoenix.model.artifacts import resolve
from phoenix.plan import compose
from phoenix.plan.cluster import plan
from phoenix.plan.features import artifact_names
from phoenix.settings import Settings

here = Path(__file__).parent
try:
    config = pulumi.Config()
    settings = Settings.load(config.get)
    cluster = load(here / "config", here / "stacks", settings.environment)
    # some language hosts hand the configuration over in the environment
    setting_keys.check(CONFIG.get() | get_config_env(), cluster)
    setting_keys.check_renewals(settings.renew_certificates, cluster)
    # what is missing is told before anything is touched; the providers read them themselves
    settings.stack_secrets(compose.secret_settings(cluster))
    artifacts = resolve(artifact_names(cluster), here / "config" / "artifacts.yaml", settings.artifacts)
    planned = plan(cluster, choices(settings, artifacts))
    hooks.require(planned.hooks, settings)
except PhoenixError as error:
    raise pulumi.RunError(str(error)) from None

built = ProxmoxCluster(planned, settings)
pulumi.export("urls", dict(planned.urls))
pulumi.export("ca", {"url": planned.ca_url, "fingerprint": built.ca_fingerprint})
pulumi.export("certificates", built.certificates)
pulumi.export("endpoints", built.endpoints)
pulumi.export("stacks", built.stacks)
