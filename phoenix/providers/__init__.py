"""Reconcilers, one a kind of resource, in rooms by subject, behind one adapter to Pulumi's dynamic providers."""

from phoenix.providers import former

former.install()
