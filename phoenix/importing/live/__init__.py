"""Coming over from a running cluster: what its machines answered becomes a configuration and a report."""
