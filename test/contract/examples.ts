/** The Katalogs of `examples/` as the contract tests play them: what is created, how it is edited, what they make. */

export interface PlayedExample {
  /** Below `examples/`. */
  readonly folder: string;
  /** Its custom resources, in a file beside the Katalog. */
  readonly manifest: string;
  /** A merge patch for each custom resource that is edited, by `Kind/name`. */
  readonly edits: Readonly<Record<string, object>>;
  /** Kinds of the custom resources, and of their children. */
  readonly owners: readonly string[];
  readonly children: readonly string[];
  /** Kinds that another example has too, in a group of its own: API version and plural. */
  readonly kinds?: Readonly<Record<string, readonly [apiVersion: string, plural: string]>>;
  /** Kinds of what Kubernetes makes for the children, where the next life must find nothing of it. */
  readonly remains?: readonly string[];
}

export const EXAMPLES: readonly PlayedExample[] = [
  {
    folder: "website",
    manifest: "website.yaml",
    edits: { "Website/hello": { spec: { title: "Second", host: null } } },
    owners: ["Website"],
    children: ["ConfigMap", "Deployment", "Service", "Ingress"],
  },
  {
    folder: "fleet",
    manifest: "fleet.yaml",
    edits: {
      "Fleet/shop": {
        spec: {
          regions: [
            { name: "eu", replicas: 1, public: false },
            { name: "ap", replicas: 1, public: true },
          ],
        },
      },
    },
    owners: ["Fleet"],
    children: ["ConfigMap", "Deployment", "Service", "Ingress"],
  },
  {
    folder: "monitoring",
    manifest: "monitor.yaml",
    edits: {
      "Monitor/checkout": {
        spec: {
          thresholds: { latency_p99_ms: 300, error_rate_percent: null, saturation: 80 },
          availability: null,
        },
      },
    },
    owners: ["Monitor", "AlertRule"],
    children: ["ConfigMap", "PodDisruptionBudget"],
  },
  {
    folder: "platform",
    manifest: "resources.yaml",
    edits: {
      "Application/orders": { spec: { replicas: 1, cache: null } },
      "Cache/sessions": { spec: { memory: "128Mi" } },
    },
    owners: ["Application", "Cache", "Database"],
    children: ["Secret", "ServiceAccount", "Deployment", "Service", "Job"],
  },
  {
    folder: "tenant",
    manifest: "tenant.yaml",
    edits: {
      "Tenant/rocket": {
        spec: { members: ["james@example.com", "meowth@example.com"], registryToken: null },
      },
    },
    owners: ["Tenant"],
    children: [
      "ConfigMap",
      "ServiceAccount",
      "Secret",
      "Role",
      "RoleBinding",
      "ResourceQuota",
      "NetworkPolicy",
    ],
  },
  {
    folder: "composed",
    manifest: "composed.yaml",
    edits: {
      "Website/hello": { spec: { title: "Second" } },
      "Notice/hello": { spec: { text: "Second" } },
    },
    owners: ["Website", "Notice"],
    children: ["ConfigMap", "Deployment", "Service", "Ingress"],
  },
  {
    folder: "database",
    manifest: "database.yaml",
    edits: { "Database/orders": { spec: { memory: "4Gi" } } },
    owners: ["Database"],
    children: ["ConfigMap", "Secret", "Service", "StatefulSet"],
    kinds: { Database: ["data.orkestra.dev/v1", "databases"] },
    remains: ["Pod", "PersistentVolumeClaim"],
  },
  {
    folder: "motif",
    manifest: "bulletin.yaml",
    edits: { "Bulletin/hello": { spec: { text: "Good night", audience: null, copies: "4" } } },
    owners: ["Bulletin"],
    children: ["ConfigMap"],
  },
];
