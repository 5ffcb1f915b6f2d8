"""Guests and their snapshots, by the API of Proxmox VE."""
