"""What an environment lays over the configuration, and cannot."""

from tests.model.broken import CERTIFICATES, FRONT, Broken, Edit, Expected, one

HERE = "config/environments/production/"
OVER_CLUSTER, OVER_CERTIFICATES = HERE + "cluster.yaml", HERE + "certificates.yaml"
OVER_FRONT, OVER_MANAGER = HERE + "guests/101-front.yaml", HERE + "guests/201-manager.yaml"
OVER_WORKER = HERE + "guests/202-worker.yaml"
EXTRA = HERE + "guests/104-extra.yaml"
MISSING = ("cores", "disk_gb", "memory_mb", "network", "source")


def over(name: str, file: str, text: str, *expected: Expected) -> Broken:
    return one(name, Edit(file, "", text), *expected)


CASES = (
    over(
        "a value of a wrong type",
        OVER_CLUSTER, "# first\nnode:\n  api_port: many\n",
        Expected(OVER_CLUSTER, "api_port", "node.api_port", "many", "valid integer"),
    ),
    over(
        "a key that nobody knows",
        OVER_FRONT, "memory_gb: 4\n",
        Expected(OVER_FRONT, "memory_gb", "memory_gb", "4", "no such key"),
    ),
    Broken(
        "a value of the lower file is wrong",
        (Edit(FRONT, "cores: 1", "cores: none"), Edit(OVER_FRONT, "", "network:\n  mac: null\n")),
        (Expected(FRONT, "cores", "cores", "none", "valid integer"),),
    ),
    over(
        "a required key is left out",
        OVER_FRONT, "cores: 2\nnetwork:\n  address: null\n",
        Expected(OVER_FRONT, "address", "network.address", "", "this key is required"),
    ),
    over(
        "a required key is left out at the top",
        OVER_CLUSTER, "portainer: {port: 9444}\nswarm: null\n",
        Expected(OVER_CLUSTER, "swarm", "swarm", "", "this key is required"),
    ),
    over(
        "a key is left out that is not there",
        OVER_FRONT, "network:\n  mtu: null\n",
        Expected(OVER_FRONT, "mtu", "network.mtu", "", "there are address, gateway, bridge, mac"),
    ),
    over(
        "a key is left out where there is nothing",
        OVER_CLUSTER, "portainer:\n  port: null\n",
        Expected(OVER_CLUSTER, "port:", "portainer.port", "", "there are none"),
    ),
    over(
        "two of which one is allowed come from two files",
        OVER_FRONT, "cores: 2\nsource: {template: local}\n",
        Expected(OVER_FRONT, "source", "source", "template", "exactly one"),
    ),
    over("no map", OVER_CLUSTER, "- node\n", Expected(OVER_CLUSTER, "- node", "", "node", "a map of what is")),
    over("nothing", OVER_CLUSTER, "# later\n", Expected(OVER_CLUSTER, "# later", "", "", "a map of what is different")),
    over(
        "no YAML", OVER_FRONT, "cores: 2\n  memory_mb: 3\n",
        Expected(OVER_FRONT, "memory_mb", "", "", "not valid YAML"),
    ),
    over(
        "a key twice", OVER_FRONT, "cores: 2\ncores: 3\n",
        Expected(OVER_FRONT, "cores: 3", "cores", "", "each key once"),
    ),
    over(
        "an entry of a list by name, which nobody has and is not complete",
        OVER_CERTIFICATES, "certificates:\n  fornt: {lifetime_hours: 12}\n",
        Expected(OVER_CERTIFICATES, "fornt", "certificates[4].common_name", "", "this key is required"),
    ),
    over(
        "an entry of a list by name is left out, which is not there",
        OVER_CERTIFICATES, "certificates:\n  fornt: null\n",
        Expected(OVER_CERTIFICATES, "fornt", "certificates.fornt", "", "there are front, portainer, router"),
    ),
    over(
        "an entry of a list by name gets another name",
        OVER_CERTIFICATES, "certificates:\n  front: {name: back}\n",
        Expected(OVER_CERTIFICATES, "front", "certificates.front", "back", "without its name"),
    ),
    over(
        "an entry of a list by name is no map",
        OVER_CERTIFICATES, "certificates:\n  front: 12\n",
        Expected(OVER_CERTIFICATES, "front", "certificates.front", "12", "a map of what is different"),
    ),
    over(
        "entries by name where the lower ones have none",
        OVER_CLUSTER, "firewall:\n  rules:\n    web: {ports: [80]}\n",
        Expected(OVER_CLUSTER, "rules", "firewall.rules", "web", "not each entry there has a name of its own"),
    ),
    over(
        "entries by name where two have the same",
        OVER_CERTIFICATES, "certificates:\n  front: {lifetime_hours: many}\n",
        Expected(OVER_CERTIFICATES, "front", "certificates[0].lifetime_hours", "many", "valid integer"),
    ),
    over(
        "a reference to a certificate's guest that is not there",
        OVER_CERTIFICATES, "certificates:\n  router:\n    distribution:\n"
        "      - {guest: 102, certificate: /a, key: /b, ca: /c}\n"
        "      - {guest: 109, certificate: /a, key: /b}\n",
        Expected(OVER_CERTIFICATES, "109", "certificates[2].distribution[1].guest", "109", "guest"),
    ),
    over(
        "two guests of one VMID",
        OVER_WORKER, "cores: 2\nvmid: 201\n",
        Expected(OVER_WORKER, "vmid", "vmid", "201", "config/guests/201-manager.yaml:2"),
    ),
    over(
        "a guest that does not exist and is not complete",
        EXTRA, "type: lxc\nvmid: 104\nname: extra\n",
        *(Expected(EXTRA, "type", key, "", "this key is required") for key in MISSING),
    ),
    over(
        "a guest's new file that is called otherwise",
        HERE + "guests/105-extra.yaml",
        "type: lxc\nvmid: 104\nname: extra\nsource: {clone: 100}\ncores: 1\nmemory_mb: 512\ndisk_gb: 8\n"
        "storage: lxc-disks\n"
        "network: {address: 192.0.2.14/24, gateway: 192.0.2.1, bridge: vmbr0}\n",
        Expected(HERE + "guests/105-extra.yaml", "vmid", "vmid", "105-extra.yaml", "104-extra.yaml"),
    ),
    over(
        "a guest that is left out and is not there",
        EXTRA, "remove: true\n",
        Expected(EXTRA, "remove", "", "remove", "config/guests has no 104-extra.yaml"),
    ),
    over(
        "a change of a guest that does not exist",
        HERE + "guests/101-frnt.yaml", "# more\ncores: 2\n",
        Expected(HERE + "guests/101-frnt.yaml", "cores", "", "cores", "did you mean 101-front.yaml?"),
    ),
    over(
        "a guest that is left out and changed",
        OVER_FRONT, "remove: true\ncores: 2\n",
        Expected(OVER_FRONT, "cores", "cores", "2", "nothing beside remove: true"),
    ),
    over(
        "a guest that is not left out", OVER_FRONT, "remove: false\n",
        Expected(OVER_FRONT, "remove", "remove", "false", "true, for a guest that is left out"),
    ),
    over(
        "a file that no environment has",
        HERE + "artifacts.yaml", "artifacts: []\n",
        Expected(HERE + "artifacts.yaml", "", "", "", "cluster.yaml, certificates.yaml and the folder guests"),
    ),
    over(
        "a folder instead of a file", OVER_CLUSTER + "/node.yaml", "name: pve\n",
        Expected(OVER_CLUSTER, "", "", "", "cluster.yaml, certificates.yaml and the folder guests"),
        Expected(OVER_CLUSTER, "", "", "", "cannot be read"),
    ),
    over(
        "a guest's file of another kind", HERE + "guests/101-front.yml", "cores: 2\n",
        Expected(HERE + "guests/101-front.yml", "", "", "", "a guest's file ends in .yaml"),
    ),
    over(
        "an environment whose name no stack can have", "config/environments/Production/a.yaml", "a: 1\n",
        Expected("config/environments/Production", "", "", "", "named in small letters, digits and _"),
    ),
    over(
        "a file beside the environments", "config/environments/production.yaml", "node: {api_port: 1}\n",
        Expected("config/environments/production.yaml", "", "", "", "a folder for each environment"),
    ),
    Broken(
        "a lower file that is not there is no reason to lose the upper one's mistakes",
        (Edit(CERTIFICATES, "certificates:", "certificate:"), Edit(OVER_CLUSTER, "", "node: {api_port: many}\n")),
        (
            Expected(CERTIFICATES, "certificate:", "certificate", "", "no such key"),
            Expected(OVER_CLUSTER, "api_port", "node.api_port", "many", "valid integer"),
        ),
    ),
)  # fmt: skip
