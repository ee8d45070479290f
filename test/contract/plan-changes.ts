/**
 * Random Katalogs for the test of `ork plan`, each a small change of the one before. What they declare
 * needs no controller: a bare API server has nobody else who writes.
 */

/** What a generated Katalog declares, as far as it changes. */
interface Draft {
  maps: {
    id: number;
    keys: string[];
    text: string;
    mode: "onCreate" | "onReconcile";
    when?: string;
  }[];
  secrets: { id: number; value: string }[];
  services: { id: number; port: number }[];
  workloads: { id: number; image: string; env: number; replicas?: number }[];
  accounts: number[];
  jobs: { id: number; image: string }[];
  /** ConfigMaps that cannot change. */
  sealed: { id: number; text: string; recreate: boolean }[];
  /** ConfigMaps in a namespace that the Katalog brings along. */
  places: number[];
  items: boolean;
  labels: Record<string, string>;
  fields: { path: string; value: string }[];
  finalizers: string[];
}

export class RandomKatalog {
  readonly #random: () => number;
  readonly #namespace: string;
  readonly #draft: Draft = {
    maps: [{ id: 0, keys: ["a"], text: "v0", mode: "onReconcile" }],
    secrets: [],
    services: [],
    workloads: [],
    accounts: [],
    jobs: [],
    sealed: [],
    places: [],
    items: false,
    labels: {},
    fields: [{ path: "seen", value: "{{ .spec.text }}" }],
    finalizers: [],
  };
  #serial = 1;

  constructor(namespace: string, random: () => number) {
    this.#namespace = namespace;
    this.#random = random;
  }

  /** One to three changes; says which. */
  change(): string[] {
    const names = Object.keys(CHANGES);
    const count = 1 + this.#below(3);
    return Array.from({ length: count }, () => {
      const name = names[this.#below(names.length)] ?? "";
      CHANGES[name]?.(this.#draft, {
        below: (limit) => this.#below(limit),
        next: () => this.#serial++,
      });
      return name;
    });
  }

  /** `more` stands behind every text. */
  document(more = ""): object {
    const draft = this.#draft;
    const name = (id: number | string) => `{{ .metadata.name }}-${id}`;
    const map = ({ id, keys, text, when }: Draft["maps"][number]) => ({
      name: name(id),
      data: Object.fromEntries(keys.map((key) => [key, `${text} {{ .spec.text }}${more}`])),
      ...(when && { when: [{ field: "spec.size", operator: "gt", value: when }] }),
    });
    const mapsOf = (mode: string) => draft.maps.filter((one) => one.mode === mode).map(map);
    const items = {
      name: name("{{ .item }}"),
      forEach: { field: "spec.items" },
      data: { item: "{{ .item }}" },
    };
    const onReconcile = {
      configMaps: [
        ...mapsOf("onReconcile"),
        ...(draft.items ? [items] : []),
        ...draft.places.map((id) => ({
          name: name(`far-${id}`),
          namespace: `${this.#namespace}-{{ .metadata.name }}-${id}`,
          crossNamespace: true,
          data: { far: "yes" },
        })),
      ],
      secrets: draft.secrets.map(({ id, value }) => ({
        name: name(id),
        data: { key: value },
      })),
      services: draft.services.map(({ id, port }) => ({ name: name(id), port, targetPort: 8080 })),
      serviceAccounts: draft.accounts.map((id) => ({ name: name(id) })),
      deployments: draft.workloads.map(({ id, image, env, replicas }) => ({
        name: name(id),
        image,
        replicas,
        env: Array.from({ length: env }, (_, index) => ({ name: `E${index}`, value: "1" })),
      })),
      jobs: draft.jobs.map(({ id, image }) => ({ name: name(id), image })),
      custom: [
        ...draft.places.map((id) => ({
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name: `${this.#namespace}-{{ .metadata.name }}-${id}` },
        })),
        ...draft.sealed.map(({ id, text, recreate }) => ({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: name(id) },
          immutable: true,
          data: { text },
          recreate,
        })),
      ],
    };
    return {
      apiVersion: "orkestra.orkspace.io/v1",
      kind: "Katalog",
      metadata: { name: this.#namespace },
      spec: {
        finalizers: draft.finalizers,
        crds: {
          widget: {
            crdFile: "./widget.yaml",
            namespace: this.#namespace,
            labels: draft.labels,
            operatorBox: {
              reconcile: {
                onCreate: { configMaps: mapsOf("onCreate") },
                onReconcile: Object.fromEntries(
                  Object.entries(onReconcile).filter(([, list]) => list.length > 0),
                ),
              },
              emit: { status: { fields: draft.fields } },
            },
          },
        },
      },
    };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

interface Dice {
  below(limit: number): number;
  next(): number;
}

const CHANGES: Readonly<Record<string, (draft: Draft, dice: Dice) => void>> = {
  "nothing but the digest": (draft, { next }) => {
    draft.labels["serial"] = `s${next()}`;
  },
  "another map": ({ maps }, { below, next }) => {
    const mode = below(3) === 0 ? "onCreate" : "onReconcile";
    maps.push({ id: next(), keys: ["a", "b"], text: "new", mode });
  },
  "a map less": ({ maps }, { below }) => void maps.splice(below(maps.length), 1),
  "other text": ({ maps }, { below, next }) => {
    for (const map of maps) if (below(2) === 0) map.text = `v${next()}`;
  },
  "another key": ({ maps }, { below, next }) => maps[below(maps.length)]?.keys.push(`k${next()}`),
  "a key less": ({ maps }, { below }) => void maps[below(maps.length)]?.keys.shift(),
  "a condition": ({ maps }, { below }) => {
    const map = maps[below(maps.length)];
    if (map) map.when = String(below(4));
  },
  "the other mode": ({ maps }, { below }) => {
    const map = maps[below(maps.length)];
    if (map) map.mode = map.mode === "onCreate" ? "onReconcile" : "onCreate";
  },
  "a secret": ({ secrets }, { next }) => void secrets.push({ id: next(), value: "geheim" }),
  "another secret value": ({ secrets }, { next }) => {
    for (const secret of secrets) secret.value = `geheim${next()}`;
  },
  "no secret": ({ secrets }) => void secrets.splice(0),
  "a service": ({ services }, { next }) => void services.push({ id: next(), port: 80 }),
  "another port": ({ services }, { next }) => {
    for (const service of services) service.port = 8000 + next();
  },
  "no service": ({ services }) => void services.splice(0),
  "a workload": ({ workloads }, { below, next }) => {
    workloads.push({ id: next(), image: "nginx:1", env: below(3), replicas: 1 });
  },
  "another image": ({ workloads }, { next }) => {
    for (const workload of workloads) workload.image = `nginx:${next()}`;
  },
  "another environment": ({ workloads }, { below }) => {
    for (const workload of workloads) workload.env = below(4);
  },
  "more replicas": ({ workloads }, { below }) => {
    for (const workload of workloads) workload.replicas = below(5);
  },
  "no replicas": ({ workloads }) => {
    for (const workload of workloads) delete workload.replicas;
  },
  "a workload less": ({ workloads }) => void workloads.shift(),
  "an account": ({ accounts }, { next }) => void accounts.push(next()),
  "no account": ({ accounts }) => void accounts.splice(0),
  "a job": ({ jobs }, { next }) => void jobs.push({ id: next(), image: "busybox:1" }),
  "a sealed map": ({ sealed }, { below, next }) => {
    sealed.push({ id: next(), text: "sealed", recreate: below(3) > 0 });
  },
  "other text in sealed maps": ({ sealed }, { below, next }) => {
    for (const one of sealed) if (below(2) === 0) one.text = `sealed ${next()}`;
  },
  "no sealed maps": ({ sealed }) => void sealed.splice(0),
  "another image of jobs": ({ jobs }, { next }) => {
    for (const job of jobs) job.image = `busybox:${next()}`;
  },
  "a job less": ({ jobs }) => void jobs.shift(),
  // Each name once: a namespace takes its time to go.
  "a namespace": ({ places }, { next }) => void places.push(next()),
  "no namespace": ({ places }) => void places.splice(0),
  "items or none": (draft) => {
    draft.items = !draft.items;
  },
  "a label less": (draft) => {
    draft.labels = {};
  },
  "another status": ({ fields }, { next }) => {
    const id = next();
    fields.push({ path: `f${id}`, value: `{{ .metadata.name }} ${id}` });
  },
  "a status that builds on another": ({ fields }, { next }) => {
    fields.push({ path: `g${next()}`, value: "{{ .status.seen }}!" });
  },
  "a finalizer": (draft) => {
    draft.finalizers = ["test.orkestra.dev/other"];
  },
};
