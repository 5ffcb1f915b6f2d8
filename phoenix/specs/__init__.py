"""What each kind of resource shall be: pure types, made by the plan, converged by the providers."""
