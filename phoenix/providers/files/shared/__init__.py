"""Files that others have a part in: Proxmox's firewall files."""

DIRECTORY = "/etc/pve/firewall/"


def is_shared(path: str) -> bool:
    """Whether only a part of the file is ours."""
    return path.startswith(DIRECTORY)
