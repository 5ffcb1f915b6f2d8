"""What runs inside the hypervisor: the API with real guests behind it, and the node's commands."""
