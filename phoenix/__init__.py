"""Phoenix: a Proxmox VE cluster as one Pulumi program."""
