"""What hooks need on this machine, told before anything is touched."""

import importlib.util
import os
import shutil
from pathlib import Path

from phoenix.clients.shell import node_account
from phoenix.clients.ssh import pinned_key
from phoenix.errors import PhoenixError
from phoenix.plan.hooks import HooksPlan
from phoenix.settings import Settings

_PLUGIN = "pulumi-resource-command"


def require(plan: HooksPlan, settings: Settings) -> None:
    """Raises PhoenixError when hooks are declared and what runs them is not on this machine."""
    if any(not each.local for each in plan.every):
        host_key(plan, settings)
    if not plan.every or (importlib.util.find_spec("pulumi_command") and _have_plugin()):
        return
    names = ", ".join(each.name for each in plan.every)
    lacking = f"the plugin {_PLUGIN}" if importlib.util.find_spec("pulumi_command") else "the hooks extra"
    raise PhoenixError(
        f"hooks: {names}: cannot run on this machine: {lacking} (pulumi-command) is not installed\n"
        "  next: put the plugin on PATH or fetch it (`bin/toolchain pulumi plugin install resource command VERSION`, "
        "the version that requirements/hooks.txt pins), then run `PHOENIX_HOOKS=1 bin/toolchain`, which installs the "
        "extra; or take the hooks out of config/"
    )


def host_key(plan: HooksPlan, settings: Settings) -> str:
    """The node's host key, as hooks there must have it; raises PhoenixError when it is not pinned."""
    account = node_account(settings, plan.node)
    try:
        return pinned_key(settings.known_hosts, account.address, account.port)
    except ValueError as error:
        raise PhoenixError(
            f"hooks: cannot run on {account.address}: {error}\n"
            f"  next: add it, from ssh-keyscan -p {account.port} {account.address}, "
            "after comparing it with /etc/ssh/ssh_host_*.pub there"
        ) from None


def _have_plugin() -> bool:
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    return shutil.which(_PLUGIN) is not None or any((home / "plugins").glob("resource-command-v*"))
