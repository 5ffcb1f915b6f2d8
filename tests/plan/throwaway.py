"""Certificates for a daemon in a test: the paths of a generated file, moved below a directory, with real content."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from phoenix.pki import keys
from phoenix.pki.chain import to_pem
from tests.pki.authority import Authority

NAMES = frozenset({"*.internal.thinkheads.ai", "internal.thinkheads.ai"})
_PATH = re.compile(r"/[\w./-]+\.(?:crt|key|pem)\b")


def below(folder: Path, text: str) -> str:
    """`text` with every path of a certificate or key below `folder`, where one certificate and its key lie now.

    What is called after a CA is the root.
    """
    authority = Authority()
    now = datetime.now(UTC)
    chain, key = authority.issue(NAMES, start=now - timedelta(hours=1), lifetime=timedelta(hours=24))
    for name in set(_PATH.findall(text)):
        path = folder / name.removeprefix("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if "key" in path.name:
            content = keys.private_pem(key)
        elif re.search(r"root|^ca\b", path.name):
            content = to_pem(authority.root)
        else:
            content = chain.pem
        path.write_bytes(content)
    return _PATH.sub(lambda found: f"{folder}{found[0]}", text)
