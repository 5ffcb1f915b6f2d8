"""What runs inside the node: the API with real guests behind it, and the node's own commands."""
