"""The Docker Swarm: members, networks, secrets and configs."""
