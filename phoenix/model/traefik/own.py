"""Names in Traefik's configuration that are the product's own."""

DASHBOARD = "dashboard"
"""The router of Traefik's own pages."""
BRIDGE_RESTART = "bridge-restart"
"""The middleware of every router that tries a backend again while it restarts."""
PINNED_ROOT = "pinned-root"
"""The transport to backends with TLS, which shows Traefik's certificate and verifies theirs."""

INTERNAL_SERVICES = ("api@internal", "dashboard@internal", "noop@internal")
"""Services that Traefik has without any configuration."""
TRANSPORTS = (PINNED_ROOT, "default@internal")
"""What a service's `serversTransport` may name: labels define none."""
