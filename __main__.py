"""Load the configuration, build the cluster, export what a person wants to know."""

from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components import hooks
from components.cluster import ProxmoxCluster
from phoenix import setting_keys
from phoenix.errors import PhoenixError
from phoenix.features.artifacts import resolve
from phoenix.model import load
from phoenix.plan import compose, summary, whole
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
    whole.check(cluster)
    # what is missing is told before anything is touched; the providers read them themselves
    settings.stack_secrets(compose.secret_settings(cluster))
    hooks.require(cluster, settings)
    artifacts = resolve(artifact_names(cluster), here / "config" / "artifacts.yaml", settings.artifacts)
except PhoenixError as error:
    raise pulumi.RunError(str(error)) from None

built = ProxmoxCluster(cluster, settings, artifacts)
pulumi.export("urls", summary.urls(cluster))
pulumi.export("ca", {"url": cluster.ca_url, "fingerprint": built.ca_fingerprint})
pulumi.export("certificates", built.certificates)
pulumi.export("endpoints", built.endpoints)
pulumi.export("stacks", built.stacks)
