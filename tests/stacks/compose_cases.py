"""Compose files as people write them, and what becomes of each: the same services as by Docker's own CLI, or a refusal.

`docs/stacks.md` shows them as a table; test_compose_oracle.py has each judged by a real Swarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

SAME = ""


@dataclass(frozen=True)
class Case:
    """A compose file, `service` lines of its service `web` unless it is whole."""

    name: str
    text: str
    refused: str = SAME
    """Words of the refusal; empty where the services are those that Docker's CLI makes."""
    docker: str = "takes it"
    """What Docker's CLI does with a file that is refused: refuses it, or takes it and drops something."""
    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    more: str = ""
    """Further sections of the file."""
    like: str = ""
    """What Docker's CLI is given instead, where it does not take the text itself."""

    @property
    def compose(self) -> str:
        """The whole file."""
        return _whole(self.text, self.more)

    @property
    def for_docker(self) -> str:
        """The whole file that Docker's CLI is given."""
        return _whole(self.like or self.text, self.more)


def web(lines: str) -> str:
    """A file with one service."""
    return "services:\n  web:\n    image: web:1\n" + "".join(f"    {line}\n" for line in lines.strip("\n").split("\n"))


def _whole(text: str, more: str) -> str:
    return (text if "services:" in text else web(text)) + more


CONFIG = "configs: {c: {file: c.txt}}\n"


REFUSES, DROPS = "refuses it", "drops it"

SCALARS = (
    Case("no version", "command: run"),
    Case(
        "version 3.3, with keys of later ones",
        'version: "3.3"\n' + web("init: true\nsysctls: {net.core.somaxconn: 1024}"),
        like="init: true\nsysctls: {net.core.somaxconn: 1024}",
    ),
    Case("version 2.4", 'version: "2.4"\n' + web("command: run"), "3 or 3.N", REFUSES),
    Case("octal mode", "configs: [{source: c, target: /c, mode: 0440}]", more=CONFIG, files={"c.txt": "x"}),
    Case(
        "quoted words that look like switches",
        'environment: {A: "yes", B: "off", C: "on", D: "no", E: "y", F: "~", G: "null"}',
    ),
    Case(
        "quoted numbers, times and dates",
        'environment: {A: "0440", B: "1:20", C: "2024-01-01", D: "1e3", E: "0x1F", F: "1_000"}',
    ),
    Case(
        "numbers and times without quotes",
        "environment: {A: 0440, B: 1:20, D: 1e3, E: 0x1F, F: 1_000, G: 1.50, H: .5}",
    ),
    Case(
        "words that older versions take for switches",
        "environment: {A: yes, B: off, C: n}\ntty: yes\nlabels: {a: on}",
        like="environment: {A: 'yes', B: 'off', C: 'n'}\ntty: true\nlabels: {a: 'on'}",
    ),
    Case("date without quotes", "environment: {A: 2024-01-01}", "a text, in quotes", DROPS),
    Case("switch in environment", "environment: {A: true}", "a text, in quotes", REFUSES),
    Case("long text, folded and literal", "command: >\n  sh -c\n  'echo a'\nlabels:\n  a: |\n    two\n    lines"),
    Case(
        "text with quotes, hashes and colons",
        "labels: {a: 'it''s', b: \"x: #y\", c: 'a # b', d: '- x', e: '@x', f: '%y'}",
    ),
    Case("text of another script", "labels: {a: 'äöü ✓ 漢字', b: \"tab\\there\"}"),
    Case(
        "null sections",
        "environment:\nports:\nlabels:\ndeploy: {placement: , resources: {limits: }}\nhealthcheck:\ncommand:",
        like="labels: {}",
    ),
    Case(
        "anchors, merge keys and x-",
        """\
x-env: &env {A: "1", B: "2"}
x-deploy: &deploy
  restart_policy: {condition: on-failure}
  placement: {constraints: [node.platform.os == linux]}
services:
  web:
    image: web:1
    environment: {<<: *env, B: "3"}
    deploy: *deploy
  other:
    image: web:1
    environment: *env
    deploy: {<<: *deploy, replicas: 2}
  agent:
    image: web:1
    deploy: {<<: *deploy, mode: global}
""",
    ),
)

VARIABLES = (
    Case("$X and ${X}", "environment: {A: $X, B: '${X}', C: 'a${X}b$X'}", variables={"X": "1"}),
    Case(
        "defaults",
        "environment: {A: '${X:-d}', B: '${X-d}', C: '${NO:-d}', D: '${NO-d}', E: '${EMPTY:-d}', F: '${EMPTY-d}'}",
        variables={"X": "1", "EMPTY": ""},
    ),
    Case("errors that are not met", "environment: {A: '${X:?no X}', B: '${X?no X}'}", variables={"X": "1"}),
    Case("an error that is met", "environment: {A: '${NO:?set NO}'}", "set NO", REFUSES),
    Case("a variable that nobody gives", "environment: {A: '${NO}'}", "needs a variable or a default", DROPS),
    Case("escaped dollars", 'healthcheck: {test: ["CMD-SHELL", "pg_isready -U $${POSTGRES_USER}"]}'),
    Case("a value with dollars", "labels: {users: 'admin:${HASH}'}", variables={"HASH": "$apr1$abc$def"}),
    Case("escaped dollars beside variables", "command: sh -c 'echo $$HOME ${X} $$$$'", variables={"X": "1"}),
    Case("a dollar that begins nothing", "command: echo 5$", "$$ for a dollar itself", REFUSES),
    Case("name and minus without braces", "command: echo $X-data", "in braces", DROPS, variables={"X": "1"}),
    Case(
        "variables for numbers and switches",
        "read_only: $R\ndeploy: {replicas: '${N}'}\nports: [{target: '${P}', published: '${P}'}]",
        variables={"R": "yes", "N": "3", "P": "18001"},
    ),
    Case("variable in a short port", "ports: ['${P}:80/udp']", variables={"P": "18002"}),
    Case(
        "variable in a long text",
        "configs: [{source: c, target: '/etc/${X}'}]",
        more=CONFIG,
        variables={"X": "1"},
        files={"c.txt": "$X ${Y} $$"},
    ),
    Case("keys are not filled in", "labels: {$X: a}\nenvironment: {'${X}': b}", variables={"X": "1"}),
    Case("list of the environment", "environment: [A=$X, B=, 'C=a=b', D=$$x]", variables={"X": "1"}),
    Case("environment from variables", "environment: {X: , EMPTY: ''}", variables={"X": "1", "EMPTY": "filled"}),
    Case("environment from the shell", "environment: [SOME_THING]", "a value, or a variable SOME_THING", DROPS),
)

PARTS = (
    Case("command and entrypoint as text", "command: sh -c 'a b' \"c d\"\nentrypoint: /run --x=1"),
    Case("command and entrypoint as list", "command: [sh, -c, 'a b']\nentrypoint: [/run, '--x=1']"),
    Case("labels as list, flags among them", "labels: [a=b, flag, c=d=e, 'd=']\ndeploy: {labels: [x=y, flag]}"),
    Case("labels with numbers and without values", "labels: {a: 1, b: 1.5, c: , d: ''}\ndeploy: {labels: {a: 1, c: }}"),
    Case("labels with switches", "labels: {a: true, b: false}", like="labels: {a: 'true', b: 'false'}"),
    Case("ports in short forms", "ports: ['80', 81, '18003:82', '18004-18006:83-85', '18007:86/udp']"),
    Case(
        "ports in long form",
        "ports: [{target: 80, published: 18008, protocol: udp, mode: host}, {target: 81}, {target: 82, "
        "published: 18009}]",
    ),
    Case("port of one address", "ports: ['127.0.0.1:18010:80']", "no address before the ports", DROPS),
    Case("long port as text", "ports: [{target: 80, published: '18011'}]", "not a text", REFUSES),
    Case("range in a long port", "ports: [{target: 80-82, published: 18012-18014}]", "not a text", REFUSES),
    Case("user, folder, host name", "user: '1000:1000'\nworking_dir: /srv\nhostname: web-{{.Task.Slot}}"),
    Case(
        "names and addresses",
        "dns: [10.0.0.1, 10.0.0.2]\ndns_search: example.net\nextra_hosts: ['a:10.0.0.3', 'b=10.0.0.4']",
    ),
    Case("names as a mapping", "dns: 10.0.0.1\nextra_hosts: {a: 10.0.0.3, b: 10.0.0.4}"),
    Case(
        "terminal and signals",
        "tty: true\nstdin_open: true\ninit: true\nread_only: true\nstop_signal: SIGINT\nstop_grace_period: 1m30s",
    ),
    Case(
        "capabilities, sysctls, limits",
        "c"
        "a"
        "p"
        "_"
        "a"
        "d"
        "d: [NET_ADMIN]\ncap_drop: [ALL]\nsysctls: [net.core.somaxconn=1024]\nulimits: {nofile: {soft: 1024, "
        "hard: 2048}, nproc: 64}",
    ),
    Case("logging", "logging: {driver: json-file, options: {max-size: 10m, max-file: '3'}}"),
    Case(
        "health check",
        "healthcheck: {test: curl -f http://localhost/ || exit 1, interval: 10s, timeout: 2.5s, "
        "start_period: 1m, retries: 5}",
    ),
    Case("health check with its own start", "healthcheck: {test: [CMD, /ok], start_interval: 1s, start_period: 10s}"),
    Case("no health check", "healthcheck: {disable: true}"),
    Case("restart", "restart: unless-stopped"),
    Case("restart on failure", "restart: on-failure:3"),
    Case("depends_on and expose", "depends_on: [web]\nexpose: ['80', 81]"),
    Case("image and build", "build: ."),
)

DEPLOY = (
    Case(
        "replicas and updates",
        "deploy: {replicas: 3, update_config: {parallelism: 2, delay: 5s, failure_action: rollback, "
        "monitor: 10s, max_failure_ratio: 0.3, order: start-first}, rollback_config: {parallelism: 1, "
        "order: stop-first}}",
    ),
    Case("restart policy", "deploy: {restart_policy: {condition: on-failure, delay: 5s, max_attempts: 3, window: 2m}}"),
    Case("no replica", "deploy: {replicas: 0}"),
    Case(
        "resources",
        "deploy: {resources: {limits: {cpus: '0.50', memory: 512M, pids: 100}, reservations: {cpus: '.25', "
        "memory: 64m, generic_resources: [{discrete_resource_spec: {kind: gpu, value: 2}}]}}}",
    ),
    Case(
        "placement",
        "deploy: {placement: {constraints: [node.role == manager, node.labels.a!=b], "
        "preferences: [{spread: node.labels.zone}], max_replicas_per_node: 2}}",
    ),
    Case("global", "deploy: {mode: global, endpoint_mode: vip}"),
    Case(
        "without an address of its own",
        "deploy: {endpoint_mode: dnsrr}\nports: [{target: 80, published: 18015, mode: host}]",
    ),
    Case(
        "jobs",
        """\
services:
  job: {image: "web:1", deploy: {mode: replicated-job, replicas: 2, restart_policy: {condition: none}}}
  everywhere: {image: "web:1", deploy: {mode: global-job, restart_policy: {condition: on-failure}}}
""",
    ),
    Case("one-shot task", "command: migrate\ndeploy: {restart_policy: {condition: none}}"),
    Case(
        "host port, and the new task first",
        "ports: [{target: 80, published: 18016, mode: host}]\ndeploy: {update_config: {order: start-first}}",
        "stop-first",
    ),
    Case(
        "more tasks than the node may run",
        "volumes: ['d:/d']\ndeploy: {replicas: 3, placement: {max_replicas_per_node: 1}}",
        "at most 1",
        more="volumes: {d: }\n",
    ),
    Case(
        "ingress without an address of its own",
        "ports: ['18017:80']\ndeploy: {endpoint_mode: dnsrr}",
        "mode: host",
        REFUSES,
    ),
    Case("global with replicas", "deploy: {mode: global, replicas: 2}", "no number of tasks", REFUSES),
)

VOLUMES = (
    Case(
        "named, anonymous and bound",
        """\
services:
  web:
    image: web:1
    volumes:
      - data:/data
      - data:/more:ro
      - /anonymous
      - /srv/web:/srv:ro
      - /run/x.sock:/x.sock
      - {type: volume, source: data, target: /long, read_only: true, volume: {nocopy: true}}
      - {type: bind, source: /srv/web, target: /bound, bind: {propagation: rslave}}
      - {type: tmpfs, target: /tmp, tmpfs: {size: 1048576}}
volumes:
  data:
""",
    ),
    Case(
        "options of volumes",
        """\
services:
  web: {image: "web:1", volumes: ["a:/a", "b:/b", "c:/c", "d:/d"]}
volumes:
  a: {driver: local, driver_opts: {type: none, o: "bind,rw", device: "/mnt/${X}"}}
  b: {external: true}
  c: {name: "c-${X}", labels: {x: y}}
  d: {external: {name: d-old}}
""",
        variables={"X": "1"},
    ),
    Case("relative folder", "volumes: ['./data:/data']", "an absolute path"),
    Case("option that Docker leaves out", "volumes: ['/data:/data:z']", "leaves z out", DROPS),
    Case("tmpfs", "tmpfs: /tmp", "a volume of type tmpfs", DROPS),
    Case("undeclared volume", "volumes: ['data:/data']", "the file's own volumes", REFUSES),
)

NETWORKS = (
    Case(
        "networks of its own and of others",
        """\
services:
  web: {image: "web:1", networks: [back, public]}
  db: {image: "web:1", networks: {back: {aliases: [database]}, default: }}
networks:
  back: {internal: true, attachable: true, driver: overlay, driver_opts: {encrypted: ""}, labels: {a: b}}
  public: {external: true}
""",
    ),
    Case(
        "network by its name, old form",
        """\
services:
  web: {image: "web:1", networks: [p]}
networks:
  p: {external: {name: public}}
""",
    ),
    Case(
        "network with a name and addresses",
        """\
services:
  web: {image: "web:1", networks: [n]}
networks:
  n: {name: trial-net, ipam: {driver: default, config: [{subnet: 172.31.250.0/24}]}}
""",
    ),
    Case(
        "network that nobody makes",
        """\
services:
  web: {image: "web:1", networks: [nowhere]}
networks:
  nowhere: {external: true}
""",
        "swarm.networks",
        REFUSES,
    ),
    Case(
        "network of one node",
        """\
services:
  web: {image: "web:1", networks: [n]}
networks:
  n: {driver: bridge}
""",
        "overlay",
        REFUSES,
    ),
    Case("fixed address", "networks: {default: {ipv4_address: 10.0.0.9}}", "no fixed address", DROPS),
    Case("undeclared network", "networks: [n]", "the file's own networks", REFUSES),
)

FILES = (
    Case(
        "variables from files",
        "env_file: [a.env, ./b.env]\nenvironment: {C: own}",
        files={"a.env": "# a\n\nA=1 \nB=$x ${y}\nC=file\n", "b.env": "A='quoted'\n  D=a=b\n"},
    ),
    Case("variables from one file", "env_file: a.env\nenvironment: [A=own, E=f]", files={"a.env": "A=1\nB=\n"}),
    Case("file whose name a variable holds", "env_file: '${X}.env'", variables={"X": "a"}, files={"a.env": "A=1\n"}),
    Case("file that is not there", "env_file: no.env", "a text file", REFUSES),
    Case("file outside of the stack's folder", "env_file: ../a.env", "a text file", REFUSES),
    Case(
        "configs of files",
        """\
services:
  web: {image: "web:1", configs: [c, {source: d, target: /etc/d, uid: "33", gid: "33", mode: 0400}]}
configs:
  c: {file: ./c.txt}
  d: {file: d/d.txt, name: own-name}
""",
        files={"c.txt": "one\n", "d/d.txt": "two ${X} $$\n"},
    ),
    Case(
        "external secrets, both forms",
        """\
services:
  web: {image: "web:1", secrets: [portainer_tls_cert, {source: key, target: k.pem, mode: 0400, uid: "33"}]}
secrets:
  portainer_tls_cert: {external: true}
  key: {external: {name: portainer_tls_key}}
""",
    ),
    Case(
        "secret of a file",
        """\
services:
  web: {image: "web:1", secrets: [s]}
secrets:
  s: {file: ./s.txt}
""",
        "secrets do not live in files",
        files={"s.txt": "x"},
    ),
    Case(
        "secret that nobody makes",
        """\
services:
  web: {image: "web:1", secrets: [s]}
secrets:
  s: {external: true}
""",
        "a secret that",
        REFUSES,
    ),
    Case(
        "config that nobody makes",
        """\
services:
  web: {image: "web:1", configs: [c]}
configs:
  c: {external: true}
""",
        "nobody makes an external config",
        REFUSES,
    ),
    Case(
        "template of a config",
        """\
services:
  web: {image: "web:1", configs: [c]}
configs:
  c: {file: c.txt, template_driver: golang}
""",
        "without templates",
        files={"c.txt": "x"},
    ),
)

ELSEWHERE = (
    *(
        Case(key, f"{key}: {value}", words, docker)
        for key, value, words, docker in (
            ("container_name", "x", "others find it by the service's name", DROPS),
            ("extends", "{service: db}", "the service in full", REFUSES),
            ("profiles", "[x]", "a stack is deployed whole", REFUSES),
            ("devices", "[/dev/dri]", "no key of a Swarm's service", DROPS),
            ("network_mode", "host", "external networks of that name", DROPS),
            ("privileged", "true", "cap_add", DROPS),
            ("security_opt", "[seccomp=unconfined]", "no key of a Swarm's service", DROPS),
            ("shm_size", "1g", "a volume of type tmpfs", DROPS),
            ("mem_limit", "1g", "deploy.resources.limits.memory", REFUSES),
            ("links", "[db]", "find each other by name", DROPS),
            ("pid", "host", "no key of a Swarm's service", DROPS),
            ("frobnicate", "1", "no such key", REFUSES),
        )
    ),
    Case(
        "depends_on with conditions", "depends_on: {db: {condition: service_healthy}}", "knows no conditions", REFUSES
    ),
    Case("name of the project", "name: x\n" + web("command: run"), "no name", REFUSES),
    Case("build without an image", "services:\n  web: {build: .}\n", "an image: Swarm does not build", REFUSES),
    Case("user as a number", "user: 1000", "a text, in quotes", REFUSES),
    Case("processors as a number", "deploy: {resources: {limits: {cpus: 0.5}}}", "as text", REFUSES),
)

GROUPS = {
    "Values": SCALARS,
    "Variables": VARIABLES,
    "Services": PARTS,
    "Deployment": DEPLOY,
    "Volumes": VOLUMES,
    "Networks": NETWORKS,
    "Files, configs and secrets": FILES,
    "Keys of Compose that a Swarm does not have": ELSEWHERE,
}

CASES = tuple(case for group in GROUPS.values() for case in group)
