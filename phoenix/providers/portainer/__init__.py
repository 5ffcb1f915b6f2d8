"""Portainer's administrator and environments."""
