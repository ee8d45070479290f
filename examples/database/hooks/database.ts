import { createHash } from "node:crypto";
import type { Hooks } from "orkestra/hooks";
import { settingsFor } from "./settings.ts";

interface Spec {
  readonly memory: string;
  readonly storage: string;
  readonly keepData: boolean;
}

export default {
  async onReconcile({ object, args, kube, log }) {
    const { name, namespace } = object.metadata;
    const settings = settingsFor(String(args["memory"]));
    const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
    const file = `${lines.join("\n")}\n`;
    await kube.apply({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `${name}-settings` },
      data: { "postgresql.conf": file },
    });
    await kube.apply(server(name, { file, image: String(args["image"]), spec: object.spec }));
    log.debug("Sized", { namespace, ...settings });
    return { status: { settings } };
  },

  /** A StatefulSet leaves its volumes behind, which have no owner: `foreign`. */
  async onDelete({ object, kube }) {
    if (object.spec.keepData) return;
    const kind = { apiVersion: "v1", kind: "PersistentVolumeClaim" };
    const labelSelector = `database=${object.metadata.name}`;
    for (const { metadata } of await kube.list({ ...kind, labelSelector })) {
      await kube.delete({ ...kind, name: metadata.name }, { foreign: true });
    }
  },
} satisfies Hooks<Spec>;

interface ServerOptions {
  readonly file: string;
  readonly image: string;
  readonly spec: Spec;
}

function server(name: string, { file, image, spec }: ServerOptions) {
  const labels = { database: name };
  const settings = createHash("sha256").update(file).digest("hex").slice(0, 16);
  const password = { secretKeyRef: { name: `${name}-password`, key: "password" } };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name },
    spec: {
      serviceName: name,
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        // Other settings are another template, so that the server starts again.
        metadata: { labels, annotations: { settings } },
        spec: {
          containers: [
            {
              name: "postgres",
              image,
              args: ["-c", "config_file=/etc/postgres/postgresql.conf"],
              env: [{ name: "POSTGRES_PASSWORD", valueFrom: password }],
              ports: [{ containerPort: 5432 }],
              resources: { limits: { memory: spec.memory } },
              volumeMounts: [{ name: "settings", mountPath: "/etc/postgres" }],
            },
          ],
          volumes: [{ name: "settings", configMap: { name: `${name}-settings` } }],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data", labels },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: spec.storage } },
          },
        },
      ],
    },
  };
}
