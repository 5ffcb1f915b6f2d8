"""Directories and files on the node and in guests."""
