import * as k8s from "@pulumi/kubernetes";

/** OpenClaw as somebody in a hurry puts it on a cluster, without anything of this library. */
const labels = { app: "openclaw" };
const config = new k8s.core.v1.ConfigMap("config", {
  metadata: { name: "openclaw-config" },
  data: {
    "openclaw.json": JSON.stringify({
      gateway: {
        mode: "local",
        bind: "lan",
        trustedProxies: ["10.0.0.0/8"],
        auth: { mode: "trusted-proxy", token: "change-me", trustedProxy: { userHeader: "x-forwarded-user" } },
        controlUi: { allowedOrigins: ["*"], allowInsecureAuth: true, dangerouslyDisableDeviceAuth: true },
      },
      models: { providers: { local: { baseUrl: "http://ollama.models.svc:11434/v1" } } },
    }),
  },
});
new k8s.apps.v1.Deployment("openclaw", {
  metadata: { name: "openclaw" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          {
            name: "openclaw",
            image: "ghcr.io/openclaw/openclaw:latest",
            env: [
              { name: "OPENCLAW_GATEWAY_TOKEN", value: "change-me" },
              { name: "NODE_TLS_REJECT_UNAUTHORIZED", value: "0" },
            ],
            volumeMounts: [{ name: "config", mountPath: "/home/node/.openclaw" }],
          },
        ],
        volumes: [{ name: "config", configMap: { name: config.metadata.name } }],
      },
    },
  },
});
new k8s.autoscaling.v2.HorizontalPodAutoscaler("openclaw", {
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "openclaw" }, maxReplicas: 5 },
});
new k8s.core.v1.Service("openclaw", {
  metadata: { name: "openclaw", annotations: { "pulumi.com/skipAwait": "true" } },
  spec: { type: "LoadBalancer", selector: labels, ports: [{ port: 80, targetPort: 18789 }] },
});
