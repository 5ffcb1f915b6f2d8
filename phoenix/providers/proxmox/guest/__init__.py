"""Containers and virtual machines: adopted when they exist, changed in place, never replaced."""
