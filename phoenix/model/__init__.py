"""The vocabulary: the cluster as frozen, validated data. Everything else of the product builds on it."""

from phoenix.model.base import Model
from phoenix.model.ca import CertificateAuthority
from phoenix.model.certificate import (
    Certificate,
    Distribution,
    DockerSecrets,
    Reload,
)
from phoenix.model.cluster import CertificatesFile, Cluster, ClusterFile, Portainer
from phoenix.model.feature import Feature
from phoenix.model.firewall import (
    Action,
    ClusterFirewall,
    Direction,
    FirewallRule,
    GuestFirewall,
    PortRange,
    Protocol,
)
from phoenix.model.gateway import Forward, Gateway, Site, StrictTransportSecurity, TrustedProxies
from phoenix.model.guest import (
    Boot,
    CloudInit,
    Guest,
    IdKind,
    IdMap,
    LxcGuest,
    Mount,
    Network,
    NfsVolume,
    Scheme,
    Source,
    TraefikService,
    VmGuest,
    Volume,
)
from phoenix.model.hook import Hook, HookEvent, HookPlace
from phoenix.model.loader import load
from phoenix.model.member import PortainerMember, PortainerRole, Role, SwarmMember, SwarmRole
from phoenix.model.node import Dns, DnsRecord, Node, Paths, Storages
from phoenix.model.problem import ConfigurationError, Problem
from phoenix.model.stack import (
    ConfigFile,
    DeployedBy,
    Stack,
    StackEnvironment,
    StackManifest,
    StackService,
    Variable,
)
from phoenix.model.swarm import OverlayNetwork, Swarm

__all__ = [
    "Action",
    "Boot",
    "Certificate",
    "CertificateAuthority",
    "CertificatesFile",
    "CloudInit",
    "Cluster",
    "ClusterFile",
    "ClusterFirewall",
    "ConfigFile",
    "ConfigurationError",
    "DeployedBy",
    "Direction",
    "Distribution",
    "Dns",
    "DnsRecord",
    "DockerSecrets",
    "Feature",
    "FirewallRule",
    "Forward",
    "Gateway",
    "Guest",
    "GuestFirewall",
    "Hook",
    "HookEvent",
    "HookPlace",
    "IdKind",
    "IdMap",
    "LxcGuest",
    "Model",
    "Mount",
    "Network",
    "NfsVolume",
    "Node",
    "OverlayNetwork",
    "Paths",
    "PortRange",
    "Portainer",
    "PortainerMember",
    "PortainerRole",
    "Problem",
    "Protocol",
    "Reload",
    "Role",
    "Scheme",
    "Site",
    "Source",
    "Stack",
    "StackEnvironment",
    "StackManifest",
    "StackService",
    "Storages",
    "StrictTransportSecurity",
    "Swarm",
    "SwarmMember",
    "SwarmRole",
    "TraefikService",
    "TrustedProxies",
    "Variable",
    "VmGuest",
    "Volume",
    "load",
]
