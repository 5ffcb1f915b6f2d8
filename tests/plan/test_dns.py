"""DNS: the reference cluster's table, written by hand, and dnsmasq's own check of the file made of it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix.model import DnsRecord, TraefikService
from phoenix.plan import dns
from tests.plan.reference import ENVIRONMENTS, reference, with_guest

GATEWAY = "10.0.0.153"
NAMES = {
    "phoenix": "10.0.0.13",
    # what guests and stacks serve leads to the gateway
    "nginx": GATEWAY,
    "portainer": GATEWAY,
    "traefik": GATEWAY,
    "granite-embedding": GATEWAY,
    "granite-3b": GATEWAY,
    "ollama": GATEWAY,
    "llamacpp": GATEWAY,
    "qdrant": GATEWAY,
    # what is spoken to without the gateway
    "ca": "10.0.0.10",
    "portainer-agent": "10.0.0.102",
    "drphoenix-agent": "10.0.0.102",
    # guests
    "nginx-phoenix": "10.0.0.153",
    "traefik-internal": "10.0.0.12",
    "step-ca": "10.0.0.10",
    "drphoenix": "10.0.0.102",
    "granite-3.3-8b-fp8": "10.0.0.142",
    "ollama-gpu0": "10.0.0.155",
    "llamacpp-gpu0": "10.0.0.157",
    "copy-base": "10.0.0.200",
    "copy-cuda12.8": "10.0.0.201",
    "copy-vllm-gpux2": "10.0.0.220",
    "copy-vllm-gpu0": "10.0.0.221",
    "copy-vllm-gpu1": "10.0.0.222",
}
APPLICATION = {
    "production": "thinkheads",
    "testing": "testing.thinkheads",
    "development": "dev.thinkheads",
}


def table(**given: str) -> dict[str, str]:
    return {f"{name}.internal.thinkheads.ai": address for name, address in given.items()}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_reference_clusters_records(environment: str) -> None:
    found = {record.name: record.address for record in dns.records(reference(environment))}
    assert found == table(**NAMES, **{APPLICATION[environment]: GATEWAY})


def test_each_name_once_and_in_order() -> None:
    names = [record.name for record in dns.records(reference())]
    assert names == sorted(set(names))
    assert len(names) == 25


def test_the_first_record_of_a_name_wins() -> None:
    """A static record and a stack cannot take a service's name, and a service takes its guest's."""
    cluster = reference()
    assert table(portainer=GATEWAY).items() <= dict(as_pairs(cluster)).items()
    taken = cluster.dns.model_copy(
        update={
            "records": (
                DnsRecord(name="ca", address="10.0.0.99"),
                DnsRecord(name="Copy-Base", address="10.0.0.99"),
                DnsRecord(name="new", address="10.0.0.99"),
            )
        }
    )
    found = dict(as_pairs(cluster.model_copy(update={"dns": taken})))
    assert found | table(ca="10.0.0.10", **{"copy-base": "10.0.0.200"}, new="10.0.0.99") == found


def as_pairs(cluster: object) -> list[tuple[str, str]]:
    return [(record.name, record.address) for record in dns.records(cluster)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("direct", "address"), [(False, GATEWAY), (True, "10.0.0.155")])
def test_direct_leads_past_the_gateway(direct: bool, address: str) -> None:
    service = TraefikService(name="Ollama", port=11434, direct=direct)
    more = TraefikService(name="more", port=1)
    found = dict(as_pairs(with_guest(reference(), 914, traefik_service=service, traefik_services=(more,))))
    assert found["more.internal.thinkheads.ai"] == str(reference().gateway_guest.ip)
    assert found["ollama.internal.thinkheads.ai"] == address


def test_a_guest_with_dhcp_has_no_name() -> None:
    assert not [name for name, _ in as_pairs(reference()) if "ubuntu" in name]


def test_a_name_that_is_qualified_already_stays() -> None:
    service = TraefikService(name="llm.internal.thinkheads.ai", port=1)
    found = dict(as_pairs(with_guest(reference(), 914, traefik_service=service)))
    assert found["llm.internal.thinkheads.ai"] == GATEWAY


@given(st.permutations(reference().guests))
def test_the_table_does_not_depend_on_the_order_of_guests(guests: list[object]) -> None:
    """Names do not clash in the reference cluster, so that only a service and its own guest compete."""
    shuffled = reference().model_copy(update={"guests": tuple(guests)})
    assert dns.dnsmasq_config(shuffled) == dns.dnsmasq_config(reference())


def test_the_file_answers_for_exact_names_and_forwards_the_rest() -> None:
    lines = dns.dnsmasq_config(reference()).splitlines()
    assert "host-record=portainer.internal.thinkheads.ai,10.0.0.153" in lines
    assert len([line for line in lines if line.startswith("host-record=")]) == 25
    assert "local=/internal.thinkheads.ai/" in lines
    assert [line for line in lines if line.startswith("server=")] == ["server=8.8.8.8", "server=1.1.1.1"]
    assert {"domain-needed", "bogus-priv", "strict-order", "stop-dns-rebind", "no-resolv"} <= set(lines)
    assert "listen-address=127.0.0.1,10.0.0.13" in lines
    # answers for everything below a name as well
    assert not [line for line in lines if line.startswith("address=")]


def test_the_nodes_own_resolver() -> None:
    assert dns.resolv_conf(reference()) == (
        "search internal.thinkheads.ai\nnameserver 10.0.0.13\nnameserver 8.8.8.8\nnameserver 1.1.1.1\n"
    )


@pytest.mark.skipif(shutil.which("dnsmasq") is None, reason="dnsmasq is not installed (package dnsmasq-base)")
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_dnsmasq_accepts_the_file(tmp_path: Path, environment: str) -> None:
    assert check(tmp_path, dns.dnsmasq_config(reference(environment))).returncode == 0
    assert check(tmp_path, "host-record=a.b\nno-such-option\n").returncode != 0


def check(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    path = folder / "phoenix.conf"
    path.write_text(text)
    argv = ["dnsmasq", "--test", "-C", "/dev/null", f"--conf-dir={folder},*.conf"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False)
