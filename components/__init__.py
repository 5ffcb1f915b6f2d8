"""The cluster as a tree of Pulumi components, one a stage: which resources, in which order, no logic."""
