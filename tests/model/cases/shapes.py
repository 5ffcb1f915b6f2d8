"""Files whose shape is wrong."""

from tests.model.broken import (
    AUTHORITY,
    BASE,
    CERTIFICATES,
    CLUSTER,
    FRONT,
    MANAGER,
    ROUTER,
    WEB,
    WEB_COMPOSE,
    WORKER,
    Broken,
    Edit,
    Expected,
    one,
)

_RULE = "firewall: {{rules: [{{direction: in, {rule}}}]}}\nfeatures"


def _rule(text: str) -> Edit:
    return Edit(FRONT, "features", _RULE.format(rule=text))


CASES = (
    one(
        "unknown key of a guest",
        Edit(FRONT, "cores: 1", "coers: 1\ncores: 1"),
        Expected(FRONT, "coers", "coers", "1", "no such key; allowed are vmid, name"),
    ),
    one(
        "unknown key deep inside",
        Edit(FRONT, "bridge: vmbr0", "bridge: vmbr0\n  vlan: 7"),
        Expected(FRONT, "vlan", "network.vlan", "7", "allowed are address, gateway, bridge, mac, nameserver"),
    ),
    one(
        "unknown key of a container's feature",
        Edit(FRONT, "[base_setup, nginx]", "[nginx, {name: ollama, prot: 1}]"),
        Expected(FRONT, "prot", "features[1].prot", "1", "no such key; allowed are name, port"),
    ),
    one(
        "unknown key below a name of the operator's",
        Edit(WEB, "    files:", "    fils: []\n    files:"),
        Expected(WEB, "fils", "environments.production.fils", "[]", "variables, files, secrets, configs, services"),
    ),
    one(
        "missing key",
        Edit(FRONT, "memory_mb: 512\n", ""),
        Expected(FRONT, "type", "memory_mb", "", "this key is required"),
    ),
    one(
        "missing type",
        Edit(FRONT, "type: lxc\n", ""),
        Expected(FRONT, "vmid", "", "", "the key type is required"),
    ),
    one(
        "wrong type",
        Edit(FRONT, "type: lxc", "type: kvm"),
        Expected(FRONT, "type", "", "kvm", "allowed are lxc, vm"),
    ),
    one(
        "unknown feature",
        Edit(FRONT, "[base_setup, nginx]", "[base_setup, ngnix]"),
        Expected(FRONT, "ngnix", "features[1]", "ngnix", "allowed are base_setup, trusted_ca"),
    ),
    one(
        "feature without the options it needs",
        Edit(FRONT, "[base_setup, nginx]", "[nginx, vllm]"),
        Expected(FRONT, "vllm", "features[1]", "vllm", "this key is required"),
    ),
    one(
        "number as text",
        Edit(FRONT, "cores: 1", 'cores: "1"'),
        Expected(FRONT, "cores", "cores", '"1"', "must be a valid integer"),
    ),
    one(
        "yes is text",
        Edit(FRONT, "cores: 1", "onboot: yes\ncores: 1"),
        Expected(FRONT, "onboot", "onboot", "yes", "bool"),
    ),
    one(
        "address without a prefix",
        Edit(FRONT, "192.0.2.11/24", "192.0.2.11"),
        Expected(FRONT, "  address", "network.address", "192.0.2.11", "needs its network's prefix"),
    ),
    one(
        "address as a number",
        Edit(FRONT, "gateway: 192.0.2.1", "gateway: 10"),
        Expected(FRONT, "gateway: 10", "network.gateway", "10", "written as text"),
    ),
    one(
        "no address at all",
        Edit(FRONT, "192.0.2.11/24", "somewhere"),
        Expected(FRONT, "  address", "network.address", "somewhere", "or must be 'dhcp'"),
    ),
    one(
        "MAC address",
        Edit(FRONT, "52:54:00:00:00:11", "52:54:00:00:00"),
        Expected(FRONT, "mac", "network.mac", "52:54:00:00:00", "must match"),
    ),
    one(
        "two sources",
        Edit(FRONT, "{clone: 100}", "{clone: 100, template: 'iso:vztmpl/a'}"),
        Expected(FRONT, "source", "source", "iso:vztmpl/a", "exactly one of template, image and clone"),
    ),
    one(
        "container from a cloud image",
        Edit(BASE, '{template: "iso:vztmpl/debian.tar.zst"}', '{image: "iso:import/debian.img"}'),
        Expected(BASE, "type", "", "", "a container comes from a template or a clone"),
    ),
    one(
        "machine from a container template",
        Edit(WORKER, '{image: "iso:import/cloud.img"}', '{template: "iso:vztmpl/debian.tar.zst"}'),
        Expected(WORKER, "type", "", "", "a virtual machine comes from an image or a clone"),
    ),
    one(
        "relative path in a container",
        Edit(FRONT, "container_path: /etc/nginx/ssl", "container_path: nginx/ssl"),
        Expected(FRONT, "container_path", "mounts[0].container_path", "nginx/ssl", "must match ^/"),
    ),
    one(
        "path with dots",
        Edit(FRONT, "host_path: /pool/lxc/101/ssl", "host_path: /pool/lxc/101/../103"),
        Expected(FRONT, "host_path", "mounts[0].host_path", "..", "must not contain '..'"),
    ),
    one(
        "relative root of certificates",
        Edit(CLUSTER, "certificates: /pool", "certificates: pool"),
        Expected(CLUSTER, "certificates", "node.paths.certificates", "pool/certificates", "must match ^(/"),
    ),
    one(
        "root of the CA twice",
        Edit(CLUSTER, "  directory: /etc/step-ca/ssl", "  roots: [1, 1]\n  directory: /etc/step-ca/ssl"),
        Expected(CLUSTER, "  roots", "ca.roots", "[1, 1]", "each root once"),
    ),
    one(
        "three roots of the CA",
        Edit(CLUSTER, "  directory: /etc/step-ca/ssl", "  roots: [1, 2, 3]\n  directory: /etc/step-ca/ssl"),
        Expected(CLUSTER, "  roots", "ca.roots", "[1, 2, 3]", "at most 2 items"),
    ),
    one(
        "CA without a root",
        Edit(CLUSTER, "  directory: /etc/step-ca/ssl", "  roots: []\n  directory: /etc/step-ca/ssl"),
        Expected(CLUSTER, "  roots", "ca.roots", "[]", "at least 1 item"),
    ),
    one(
        "agent without an environment",
        Edit(WORKER, "{role: agent, environment: worker}", "{role: agent}"),
        Expected(WORKER, "portainer", "portainer", "agent", "an agent needs the name of its environment"),
    ),
    one(
        "unknown role",
        Edit(ROUTER, "[traefik]", "[router]"),
        Expected(ROUTER, "roles", "roles[0]", "router", "'gateway'"),
    ),
    one(
        "ports without a protocol",
        _rule("ports: [80]"),
        Expected(FRONT, "firewall", "firewall.rules[0]", "80", "ports need proto tcp, udp, sctp, udplite or dccp"),
    ),
    one(
        "port out of range",
        _rule("proto: tcp, ports: [70000]"),
        Expected(FRONT, "firewall", "firewall.rules[0].ports[0]", "70000", "less than or equal to 65535"),
    ),
    one(
        "port range downwards",
        _rule('proto: tcp, ports: ["90:80"]'),
        Expected(FRONT, "firewall", "firewall.rules[0].ports[0]", "90:80", "a port range runs upwards"),
    ),
    one(
        "more ports than Proxmox takes in a rule",
        _rule(f'proto: tcp, ports: [{", ".join(map(str, range(1, 15)))}, "90:99"]'),
        Expected(FRONT, "firewall", "firewall.rules[0].ports", "", "at most 15 numbers, of which a range has two"),
    ),
    one(
        "network with host bits",
        _rule("source: 192.0.2.7/24"),
        Expected(FRONT, "firewall", "firewall.rules[0].source", "192.0.2.7/24", "network"),
    ),
    one(
        "unknown action",
        _rule("action: ALLOW"),
        Expected(FRONT, "firewall", "firewall.rules[0].action", "ALLOW", "'ACCEPT', 'DROP' or 'REJECT'"),
    ),
    one(
        "invalid subject name",
        Edit(CERTIFICATES, '"*.example.test"', '"*.*.example.test"'),
        Expected(
            CERTIFICATES, "sans", "certificates[0].sans[0]", "*.*.example.test", "a DNS name, *.<DNS name> or an IP"
        ),
    ),
    one(
        "half an IP address as a subject name",
        Edit(CERTIFICATES, '"*.example.test"', "192.0.2"),
        Expected(CERTIFICATES, "sans", "certificates[0].sans[0]", "192.0.2", "a DNS name, *.<DNS name> or an IP"),
    ),
    one(
        "window as long as the lifetime",
        Edit(CERTIFICATES, "    sans:", "    renew_before_hours: 24\n    sans:"),
        Expected(CERTIFICATES, "- name: front", "certificates[0]", "24", "renewed at every run"),
    ),
    one(
        "two ways to reload",
        Edit(CERTIFICATES, "{unit: nginx}", "{unit: nginx, container: x}"),
        Expected(CERTIFICATES, "reload", "certificates[0].distribution[0].reload", "nginx", "exactly one of unit"),
    ),
    one(
        "mode that YAML would read as a number",
        Edit(CERTIFICATES, "reload:", "key_mode: 0640\n        reload:"),
        Expected(CERTIFICATES, "key_mode", "certificates[0].distribution[0].key_mode", "640", "must be a valid string"),
    ),
    one(
        "variable with value and secret",
        Edit(WEB, "secret: webPassword", "secret: webPassword, value: x"),
        Expected(
            WEB, "webPassword", "environments.production.variables[1]", "webPassword", "exactly one of value and secret"
        ),
    ),
    one(
        "config file outside the stack's folder",
        Edit(WEB, "source: app.env", "source: ../app.env"),
        Expected(WEB, "source", "environments.production.files[0].source", "../app.env", "must match"),
    ),
    one(
        "config file that does not exist",
        Edit(WEB, "source: app.env", "source: other.env"),
        Expected(WEB, "source", "environments.production.files[0].source", "other.env", "a text file in"),
    ),
    one(
        "key given twice",
        Edit(FRONT, "cores: 1", "cores: 1\ncores: 2 # again"),
        Expected(FRONT, "again", "cores", "", "each key once; it stands on line 6 already"),
    ),
    one(
        "syntax error",
        Edit(FRONT, "roles: [gateway]", "roles: [gateway"),
        Expected(FRONT, "source", "", "", "not valid YAML"),
    ),
    one(
        "value that contains itself",
        Edit(WEB_COMPOSE, "services:", "x-self: &x [*x]\nservices:"),
        Expected(WEB_COMPOSE, "version", "", "", "no value contains itself"),
    ),
    Broken(
        "mistakes in every file at once, and none that only follow from them",
        (
            Edit(FRONT, "cores: 1", "cores: 0"),
            Edit(FRONT, "disk_gb: 8", "disc_gb: 8"),
            Edit(CLUSTER, "bridge: vmbr0", "bridge: 7"),
            Edit(CERTIFICATES, "sans:", "subject:"),
            Edit(MANAGER, "memory_mb: 2048", "memory_mb: 2 GiB"),
            Edit(WEB, "description: A web application\n", ""),
            Edit(WEB_COMPOSE, "image: web", "image: [web"),
            Edit(AUTHORITY, "disk_gb: 8", "disk_gb: 2"),
            Edit(ROUTER, "depends_on: [103]", "depends_on: [103, 104]"),
        ),
        (
            Expected(FRONT, "cores", "cores", "0", "greater than 0"),
            Expected(FRONT, "type", "disk_gb", "", "this key is required"),
            Expected(FRONT, "disc_gb", "disc_gb", "8", "no such key"),
            Expected(CLUSTER, "bridge", "node.bridge", "7", "must be a valid string"),
            Expected(CERTIFICATES, "subject", "certificates[0].subject", "example.test", "no such key"),
            Expected(MANAGER, "memory_mb", "memory_mb", "2 GiB", "valid integer"),
            Expected(WEB, "environments", "description", "", "this key is required"),
            Expected(WEB_COMPOSE, "environment", "", "", "not valid YAML"),
            Expected(AUTHORITY, "disk_gb", "disk_gb", "2", "at least the 8"),
            Expected(ROUTER, "depends_on", "depends_on[1]", "104", "has a file"),
        ),
    ),
)
