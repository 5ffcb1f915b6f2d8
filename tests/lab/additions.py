"""What an operator adds: a guest, a stack and a certificate, each the smallest one that does something."""

GUEST = """type: lxc
vmid: 950
name: echo
source: {clone: 900}
cores: 1
memory_mb: 256
disk_gb: 16
storage: quickOS-lxc-disks
network: {address: 10.0.0.190/24, gateway: 10.0.0.1, bridge: vmbr0, nameserver: 10.0.0.13}
unprivileged: true
nesting: true
features: [ollama]
traefik_service: {name: echo, port: 11434}
firewall:
  enabled: true
  rules:
    - {direction: in, action: ACCEPT, proto: tcp, source: 10.0.0.12, ports: [11434], comment: Traefik}
"""

COMPOSE = """version: "3.8"
services:
  web:
    image: thinkheads_ai_app:latest
    environment: {API_PORT: "8010"}
    ports:
      - {target: 8010, published: 8010, protocol: tcp, mode: host}
    deploy:
      endpoint_mode: dnsrr
      placement: {constraints: [node.role == worker]}
      update_config: {order: stop-first}
"""

STACK = """description: One more application.
deployed_by: portainer
environments:
  development:
    services:
      web:
        traefik_labels:
          - traefik.enable=true
          - traefik.http.routers.news.rule=Host(`news.internal.thinkheads.ai`)
          - traefik.http.routers.news.entrypoints=websecure
          - traefik.http.routers.news.tls=true
          - traefik.http.services.news.loadbalancer.server.port=8010
    firewall_rules:
      - {direction: in, action: ACCEPT, proto: tcp, ports: [8010], comment: Allow access to news}
"""

CERTIFICATE = """
  - name: extra
    common_name: extra.internal.thinkheads.ai
    distribution:
      - guest: 102
        certificate: /etc/traefik/certs/extra.crt
        key: /etc/traefik/certs/extra.key
        reload: {unit: traefik}
"""

GUEST_FILE = "config/guests/950-echo.yaml"
MACHINE_FILE = "config/guests/1002-drphoenix.yaml"
CERTIFICATES_FILE = "config/certificates.yaml"
STACKS = "docker_stacks: [qdrant_service, thinkheads_ai_app]"
