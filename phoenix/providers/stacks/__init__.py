"""Stacks of services, deployed by the Swarm or by Portainer."""
