"""Traefik's labels as its own Swarm provider reads them: https://doc.traefik.io/traefik/routing/providers/swarm/"""
