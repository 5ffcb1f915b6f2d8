"""Kernel limits that many systems on one machine run into."""

from pathlib import Path

# systemd takes some eight inotify objects a guest; Debian allows 128 for all of a user's
WANTED = {"fs/inotify/max_user_instances": 1024, "fs/inotify/max_user_watches": 262144}


def raise_limits() -> None:
    """Raise each limit to what a whole lab needs, until the machine ends; a higher one stays."""
    for name, wanted in WANTED.items():
        limit = Path("/proc/sys", name)
        if int(limit.read_text()) < wanted:
            limit.write_text(str(wanted))
