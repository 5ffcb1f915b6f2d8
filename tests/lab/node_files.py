"""Converges the node's dnsmasq and firewall alone, inside of a lab: `python -m tests.lab.node_files`.

Says what it did as a JSON list; what is refused goes to standard error.
"""

import json
import sys
from pathlib import Path

from phoenix.errors import PhoenixError
from phoenix.model import load
from phoenix.plan import dns, firewall
from phoenix.providers.files.file_set import FileSetReconciler
from phoenix.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
KIND = FileSetReconciler()


def main() -> int:
    settings = Settings.load({"environment": "production"}.get)
    cluster = load(ROOT / "config", ROOT / "stacks", settings.environment)
    done = []
    for desired in (dns.files(cluster), firewall.file_set(cluster)):
        try:
            KIND.beside(settings, desired)
            seen = KIND.observe(settings, desired)
            for action in KIND.plan(seen.live if seen else None, desired):
                KIND.perform(settings, desired, action)
                done.append(f"{desired.name}: {action}: {seen.live.applied if seen else 'absent'}")
            after = KIND.observe(settings, desired)
            assert after is not None
            assert not KIND.plan(after.live, desired)
        except PhoenixError as error:
            print(error, file=sys.stderr)
            return 1
    print(json.dumps(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
