"""The embedded lab: one container that plays the hypervisor, with real guests nested in it."""
