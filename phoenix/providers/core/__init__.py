"""What every kind of resource builds on: the reconciler, its adapter to Pulumi, and how a kind is declared."""
