/** Round trips with kubectl of the same version. */
import { expect } from "bun:test";
import type { CaseApi, ConformanceCase } from "../case.ts";
import { GROUP, WIDGETS } from "../fixtures.ts";

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: main
        image: nginx:1.27
        ports: [{containerPort: 80}]
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, name: http}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "1"}
`;

const WIDGET = `apiVersion: ${WIDGETS}
kind: Widget
metadata: {name: w}
spec: {size: 2, tags: [a]}
`;

async function untilAvailable(api: CaseApi): Promise<void> {
  await api.until(api.group("apps/v1", "deployments", "web"), ({ body }) =>
    JSON.stringify(body).includes('"availableReplicas":1'),
  );
}

/** Applies quietly, to prepare. */
async function applied(api: CaseApi, manifest: string): Promise<void> {
  const { code, stderr } = await api.kubectl(["apply", "-f", "-"], manifest);
  if (code !== 0) throw new Error(stderr);
}

export const kubectlCases: readonly ConformanceCase[] = [
  {
    name: "apply creates, configures, and leaves unchanged",
    async run(api) {
      await applied(api, MANIFEST);
      await applied(api, MANIFEST);
      const changed = MANIFEST.replace("nginx:1.27", "nginx:1.28").replace(
        ', {name: B, value: "2"}',
        "",
      );
      await applied(api, changed);
      const { stdout } = await api.kubectl([
        "get",
        "deploy",
        "web",
        "-o",
        "jsonpath={.spec.template.spec.containers}",
      ]);
      expect(stdout).toContain("nginx:1.28");
    },
  },
  {
    name: "apply of a custom kind, with a mistake and without validation",
    async run(api) {
      await applied(api, WIDGET);
      await applied(api, WIDGET.replace("size: 2", "size: 3"));
      const wrong = WIDGET.replace("size: 2", "sizes: 2");
      expect((await api.kubectl(["apply", "-f", "-"], wrong)).code).toBe(1);
      await api.kubectl(
        ["apply", "--validate=false", "-f", "-"],
        WIDGET.replace("size: 2", "size: 99"),
      );
    },
  },
  {
    name: "apply of a kind that the server does not have, alone and beside others",
    async run(api) {
      const unknown = WIDGET.replace("kind: Widget", "kind: Nope");
      const elsewhere = WIDGET.replace(WIDGETS, "nope.example.com/v1");
      for (const manifest of [unknown, elsewhere]) {
        const { code, stderr } = await api.kubectl(["apply", "-f", "-"], manifest);
        expect(code).toBe(1);
        expect(stderr).toContain("ensure CRDs are installed first");
      }
      const settings = MANIFEST.split("---")[2] ?? "";
      const mixed = await api.kubectl(["apply", "-f", "-"], `${settings}---\n${unknown}`);
      expect(mixed.stdout).toContain("configmap/settings created");
      expect((await api.kubectl(["create", "-f", "-"], unknown)).code).toBe(1);
    },
  },
  {
    name: "server-side apply, by two managers, with a conflict",
    async run(api) {
      await api.kubectl(["apply", "--server-side", "-f", "-"], WIDGET);
      const other = WIDGET.replace("size: 2", "size: 5");
      const args = ["apply", "--server-side", "--field-manager=other", "-f", "-"];
      expect((await api.kubectl(args, other)).code).toBe(1);
      expect((await api.kubectl([...args, "--force-conflicts"], other)).code).toBe(0);
    },
  },
  {
    name: "from client-side to server-side apply",
    async run(api) {
      await applied(api, MANIFEST.split("---")[2] ?? "");
      await api.kubectl(
        ["apply", "--server-side", "-f", "-"],
        MANIFEST.split("---")[2]?.replace('a: "1"', 'b: "2"'),
      );
      await api.kubectl(["get", "cm", "settings", "-o", "jsonpath={.data}"]);
    },
  },
  {
    name: "get as a table, wide, as YAML, by label, of several kinds, by short name and category",
    async run(api) {
      await applied(api, MANIFEST);
      await applied(api, WIDGET);
      await untilAvailable(api);
      for (const args of [
        [
          "get",
          "deploy",
          "--no-headers",
          "-o",
          "custom-columns=N:.metadata.name,R:.status.readyReplicas",
        ],
        ["get", "deploy,svc", "-l", "app=web", "-o", "name"],
        ["get", "conform", "-o", "name"],
        ["get", `widgets.v1beta1.${GROUP}`, "w", "-o", "jsonpath={.apiVersion}"],
        ["get", "cm", "nope"],
        ["get", "nopes"],
        ["get", "wg", "--field-selector", "spec.colour=red", "-o", "name"],
      ]) {
        const answer = await api.kubectl(args);
        if (args.includes("nope") || args.includes("nopes")) expect(answer.code).toBe(1);
      }
    },
  },
  {
    name: "describe of a Deployment, a Service, a ConfigMap and a custom object",
    async run(api) {
      await applied(api, MANIFEST);
      await applied(api, WIDGET);
      await untilAvailable(api);
      await api.kubectl(["describe", "cm", "settings"]);
      await api.kubectl(["describe", "wg", "w"]);
      for (const args of [
        ["get", "wg"],
        ["get", "wg", "-o", "wide"],
      ]) {
        const { stdout: shown } = await api.quietKubectl(args);
        api.note(args.join(" "), shown.replaceAll(/\d+s\n/g, "<age>\n"));
      }
      const { stdout } = await api.kubectl(["describe", "secret", "nope"]);
      expect(stdout).toBe("");
      for (const kind of ["deploy", "svc"]) {
        const { stdout: text } = await describe(api, kind);
        api.note(`describe ${kind}`, upToEvents(text));
      }
    },
  },
  {
    name: "edit, patch, label, annotate, scale and set image",
    async run(api) {
      await applied(api, MANIFEST);
      await api.kubectl(["patch", "deploy", "web", "-p", '{"spec":{"minReadySeconds":1}}']);
      await api.kubectl(["patch", "cm", "settings", "--type=merge", "-p", '{"data":{"b":"2"}}']);
      await api.kubectl([
        "patch",
        "cm",
        "settings",
        "--type=json",
        "-p",
        '[{"op":"remove","path":"/data/b"}]',
      ]);
      await api.kubectl(["label", "cm", "settings", "x=y"]);
      await api.kubectl(["annotate", "cm", "settings", "x=y"]);
      await api.kubectl(["label", "cm", "settings", "x=z"]);
      await api.kubectl(["scale", "deploy", "web", "--replicas=2"]);
      await api.kubectl(["set", "image", "deploy/web", "main=nginx:1.29"]);
      await api.kubectl([
        "get",
        "deploy",
        "web",
        "-o",
        "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}",
      ]);
      const edited = await api.kubectl(["get", "cm", "settings", "-o", "json"]);
      expect(edited.code).toBe(0);
    },
  },
  {
    name: "edit of a Deployment and of a custom object, and an edit that changes nothing",
    async run(api) {
      await applied(api, MANIFEST);
      await applied(api, WIDGET.replace("tags: [a]", "tags: [first]"));
      expect((await api.kubectl(["edit", "deploy", "web"])).code).toBe(0);
      expect((await api.kubectl(["edit", "wg", "w"])).code).toBe(0);
      await api.kubectl(["edit", "cm", "settings"]);
      const image = "jsonpath={.spec.template.spec.containers[0].image}";
      expect((await api.kubectl(["get", "deploy", "web", "-o", image])).stdout).toBe("nginx:1.99");
      await api.kubectl(["get", "wg", "w", "-o", "jsonpath={.spec.tags}"]);
    },
  },
  {
    name: "create from a file, replace, a Job that completes",
    async run(api) {
      const made = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: '1'}\n";
      await api.kubectl(["create", "-f", "-"], made);
      await api.kubectl(["create", "-f", "-"], made);
      await api.kubectl(["replace", "-f", "-"], made.replace("'1'", "'2'"));
      const job =
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}}\n";
      await api.kubectl(["create", "-f", "-"], job);
      await api.kubectl(["wait", "--for=condition=complete", "job/j", "--timeout=20s"]);
    },
  },
  {
    name: "rollout status and wait",
    async run(api) {
      await applied(api, MANIFEST);
      const { code } = await api.kubectl([
        "wait",
        "--for=condition=Available",
        "deploy/web",
        "--timeout=20s",
      ]);
      expect(code).toBe(0);
      const status = await api.kubectl(["rollout", "status", "deploy/web", "--timeout=20s"]);
      expect(status.stdout).toContain("successfully rolled out");
    },
  },
  {
    name: "delete of objects, by label, and of what is not there",
    async run(api) {
      await applied(api, MANIFEST);
      await applied(api, WIDGET);
      await api.kubectl(["delete", "wg", "w"]);
      await api.kubectl(["delete", "deploy", "-l", "app=web"]);
      await api.kubectl(["delete", "-f", "-", "--ignore-not-found"], MANIFEST);
      expect((await api.kubectl(["delete", "cm", "nope"])).code).toBe(1);
    },
  },
];

function describe(api: CaseApi, kind: string): ReturnType<CaseApi["kubectl"]> {
  return api.quietKubectl(["describe", kind, "web"]);
}

/** Events depend on timing; names of ReplicaSets on a hash that servers compute in their own way. */
function upToEvents(text: string): string {
  return (text.split("Events:")[0] ?? "")
    .replaceAll(/web-[a-z0-9]{6,}/g, "web-<hash>")
    .replaceAll(/(CreationTimestamp:\s+).*/g, "$1<time>");
}
