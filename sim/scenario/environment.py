"""Environment variables of the aws-node container that a scenario does not take, and why.

All that v1.23.1 reads are here or are fields of `sim.scenario.ipamd.Ipamd`: those of its README, of
the shipped manifest aws-k8s-cni.yaml, and those that only the source names. VPC_ID is added by EKS.
"""

from __future__ import annotations

REFUSED = {
    "ENABLE_MULTI_NIC": "ipamd would keep a pool on each network card, and only that of the "
    "default one is modelled; on types with one card it changes nothing",
    "DISABLE_NETWORK_RESOURCE_PROVISIONING": "ipamd would attach no ENI and ask for no address: "
    "what does so in its place is not modelled",
    "ENABLE_IMDS_ONLY_MODE": "ipamd would attach no ENI and ask for no address: what does so in "
    "its place is not modelled",
}
"""Variables that change the pool and are not modelled: only their off state is accepted."""

INSTEAD = {
    "AWS_MAX_ATTEMPTS": "write aws.retry_attempts",
    "MANAGE_UNTAGGED_ENI": "give ENIs that ipamd is to leave alone as unmanaged_enis",
}
"""Variables whose effect has a key of its own."""

_LOGS, _NAMES = "logs", "a name or an address of another service"
_NETWORK, _PATHS = "the node's interfaces, routes and rules, not its addresses", "files on the node"

WITHOUT_EFFECT = {
    "ADDITIONAL_ENI_TAGS": "tags of ENIs, given in the same request",
    "ANNOTATE_POD_IP": "an annotation of pods",
    "AWS_EC2_ENDPOINT": _NAMES,
    "AWS_EXTERNAL_SERVICE_CIDRS": _NETWORK,
    "AWS_VPC_CNI_NODE_PORT_SUPPORT": _NETWORK,
    "AWS_VPC_ENI_MTU": _NETWORK,
    "AWS_VPC_K8S_CNI_BACKING_STORE": _PATHS,
    "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER": _NETWORK,
    "AWS_VPC_K8S_CNI_CONNMARK": _NETWORK,
    "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": _NETWORK,
    "AWS_VPC_K8S_CNI_EXTERNALSNAT": _NETWORK,
    "AWS_VPC_K8S_CNI_LOGLEVEL": _LOGS,
    "AWS_VPC_K8S_CNI_LOG_FILE": _LOGS,
    "AWS_VPC_K8S_CNI_RANDOMIZESNAT": _NETWORK,
    "AWS_VPC_K8S_CNI_VETHPREFIX": _NETWORK,
    "AWS_VPC_K8S_PLUGIN_LOG_FILE": _LOGS,
    "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": _LOGS,
    "CLUSTER_ENDPOINT": _NAMES,
    "CLUSTER_NAME": "tags of ENIs; cluster.name is what tags of subnets are held against",
    "DISABLE_INTROSPECTION": "a local endpoint for questions",
    "DISABLE_METRICS": "a local endpoint for metrics",
    "DISABLE_POD_V6": _NETWORK,
    "DISABLE_TCP_EARLY_DEMUX": _NETWORK,
    "ENABLE_BANDWIDTH_PLUGIN": "a plugin after the CNI's",
    "ENABLE_IPv4": "on, unless ENABLE_IPv6 says the other mode",
    "ENABLE_NFTABLES": _NETWORK,
    "ENABLE_V4_EGRESS": _NETWORK,
    "ENABLE_V6_EGRESS": _NETWORK,
    "ENI_CONFIG_ANNOTATION_DEF": "how a node finds its ENIConfig; here by its zone",
    "ENI_CONFIG_LABEL_DEF": "how a node finds its ENIConfig; here by its zone",
    "HOST_CNI_BIN_PATH": _PATHS,
    "HOST_CNI_CONFDIR_PATH": _PATHS,
    "HTTP_TIMEOUT": "how long a request may take, 10 s by default",
    "INTROSPECTION_BIND_ADDRESS": "a local endpoint for questions",
    "MY_NODE_NAME": _NAMES,
    "MY_POD_NAME": _NAMES,
    "NETWORK_POLICY_ENFORCING_MODE": "the node agent's network policies",
    "POD_MTU": _NETWORK,
    "POD_SECURITY_GROUP_ENFORCING_MODE": "the path of a branch ENI's traffic",
    "VPC_CNI_VERSION": "the user agent of requests; cni_version says what is modelled",
    "VPC_ID": _NAMES,
}
"""Variables that touch no address, and what they are about."""
