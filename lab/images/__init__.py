"""What the lab serves to its guests: a package mirror, artifacts and container images."""
