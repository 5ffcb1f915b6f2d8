"""Brings a machine to where the program runs: Python packages, the Pulumi engine, its plugins.

Standard library only, because it runs before anything is installed.
"""
