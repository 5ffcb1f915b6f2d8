"""The embedded lab: one container that plays the node, with real guests nested in it."""
