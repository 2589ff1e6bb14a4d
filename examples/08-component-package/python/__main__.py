"""Networks around Deployments that are there already, by the package, in Python.

    pulumi package add ../../../plugin     # writes the package that is imported below
    pulumi stack init shop
    pulumi config set kubeconfig ~/.kube/config
    pulumi up
"""

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_zero_trust_openclaw as zero_trust

config = pulumi.Config()
cluster = kubernetes.Provider("cluster", kubeconfig=config.require("kubeconfig"))

network = zero_trust.SegmentedNetwork(
    "shop",
    platform={
        "kubernetes": {
            "existing_namespaces": {"web": "shop-web", "store": "shop-data"},
            "existing_pods": {"shop": {"app": "shop"}, "database": {"app": "postgresql"}},
        },
    },
    perimeter={
        "trust_domain": "shop.internal",
        "zones": [{"name": "web"}, {"name": "store"}],
        "workloads": [
            {"name": "shop", "zone": "web", "ports": {}},
            {"name": "database", "zone": "store", "ports": {"postgres": 5432}, "credentials": ["orders"]},
        ],
        "flows": [
            {
                "from_": "shop",
                "to": "database",
                "port": "postgres",
                "authentication": "tls+credential",
                "purpose": "Reads and writes orders.",
            },
        ],
        "credentials": [{"name": "orders", "opens": "Every customer's orders."}],
    },
    opts=pulumi.ResourceOptions(providers=[cluster]),
)

pulumi.export("perimeter", network.perimeter)
