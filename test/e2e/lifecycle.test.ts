/**
 * The process itself: how it starts, what it answers, what it says, what it keeps to itself, what it does
 * when the ground moves, and how it ends.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { canonicalJson } from "../../src/std/json.ts";
import { builtOrk } from "../support/built-ork.ts";
import type { Cluster, CrdManifest } from "../support/cluster-client.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { freePorts } from "../support/free-port.ts";
import { NamespacedObjects } from "../support/namespaced-objects.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";

const katalog = join(import.meta.dir, "fixtures/lifecycle");
const KINDS = {
  Lamp: ["lifecycle.test/v1", "lamps"],
  Lens: ["lifecycle.test/v1", "lenses"],
} as const;

describeWithCluster("a process that serves two APIs", {
  needs: ["pods"],
  tests(cluster) {
    let ork: OrkProcess;
    let objects: NamespacedObjects;
    const run = () => ["-f", katalog, "--kubeconfig", cluster().kubeconfig("operator")];
    const namespace = () => objects.namespace;
    beforeAll(async () => {
      objects = new NamespacedObjects(cluster(), await cluster().newNamespace("lifecycle"), KINDS);
      ork = await OrkProcess.serve(run());
      await objects.create("Lamp", "desk", { spec: { color: "red" } });
      await objects.create("Lens", "wide", { spec: { width: "24" } });
      await objects.untilReady("Lamp/desk");
      await objects.untilReady("Lens/wide");
    });
    afterAll(async () => {
      await ork?.[Symbol.asyncDispose]();
    });

    test.each([
      ["/startup", { status: "ok" }],
      ["/health", { status: "ok" }],
      ["/ready", { status: "ok" }],
      [
        "/katalog",
        { name: "lifecycle", healthy: true, OrkReady: true, total: 2, totalDegraded: 0 },
      ],
      ["/katalog/raw", { metadata: { name: "lifecycle" } }],
      [
        "/katalog/lamp",
        { name: "lamp", gvk: "lifecycle.test/v1/Lamp", workers: 2, resourceCount: 1 },
      ],
      [
        "/katalog/lamp/health",
        { state: "healthy", healthy: true, consecutiveFails: 0, queueDepth: 0 },
      ],
      ["/katalog/lamp/cr", { crd: "lamp", count: 1 }],
      ["/katalog/lens/enriched", { name: "lens" }],
      ["/api/v1/query?query=controller_resource_count", { metric: "controller_resource_count" }],
    ])("GET %s answers as documented", async (path, expected) => {
      const { status, body } = await ork.view(path);
      expect({ status, body }).toMatchObject({ status: 200, body: expected });
    });

    test("one custom resource is shown with its children and their readiness", async () => {
      const { body } = await ork.view(`/katalog/lamp/cr/${namespace()}/desk`);
      expect(body).toMatchObject({ name: "desk", ready: "True", deleting: false });
      const children = body["children"] as readonly { kind: string; ready: boolean }[];
      expect(children.map(({ kind, ready }) => `${kind} ${ready}`).sort()).toEqual([
        "ConfigMap true",
        "Deployment true",
      ]);
    });

    test("what is not there is a 404 that helps; what changes something is refused", async () => {
      const unknown = await ork.view("/katalog/lmap");
      expect(unknown).toMatchObject({ status: 404, body: { known: ["lamp", "lens"] } });
      expect(await ork.view(`/katalog/lamp/cr/${namespace()}/none`)).toMatchObject({ status: 404 });
      const post = await fetch(`${ork.url}/katalog`, { method: "POST" });
      expect(post.status).toBe(405);
      const rebound = await fetch(`${ork.url}/katalog`, { headers: { Host: "evil.example.com" } });
      expect(rebound.status).toBe(403);
    });

    test("the metrics are in Prometheus' format, with the names that dashboards know", async () => {
      const { status, body } = await ork.view<string>("/metrics");
      expect(status).toBe(200);
      for (const name of [
        'controller_reconcile_total{crd="lamp",result="settled"}',
        "controller_runtime_reconcile_total",
        "workqueue_adds_total",
        "workqueue_depth",
        "rest_client_requests_total",
        'controller_resource_count{crd="lamp"} 1',
        "controller_workers_active",
        "orkestra_config_info",
      ]) {
        expect(body).toContain(name);
      }
      const samples = body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      expect(samples.filter((line) => !/^[a-z_]+(\{[^}]*\})? [-+.\deNaInf]+$/.test(line))).toEqual(
        [],
      );
    });

    test("ork get shows them as a tree, as JSON and as YAML", async () => {
      const args = ["get", ...run(), "-n", namespace()];
      const tree = await orkOnce(args);
      expect(tree).toMatchObject({ code: EXIT.ok, stderr: "" });
      expect(tree.stdout.replaceAll(namespace(), "NS").replaceAll(/ +/g, " ")).toBe(
        [
          "Lamp/desk NS ✓ ready",
          "├─ ConfigMap/desk NS ✓ ready",
          "└─ Deployment/desk NS ✓ ready 1/1",
          "Lens/wide NS ✓ ready",
          "└─ ConfigMap/wide NS ✓ ready",
          "",
        ].join("\n"),
      );
      const json = JSON.parse((await orkOnce([...args, "-o", "json"])).stdout);
      const yaml = Bun.YAML.parse((await orkOnce([...args, "-o", "yaml"])).stdout);
      expect(json).toEqual(yaml);
      expect(json).toHaveLength(2);
      expect(json[0]).toMatchObject({ kind: "Lamp", name: "desk", ready: true });
      const one = await orkOnce([...args, "lens", "wide"]);
      expect(one.stdout).toStartWith("Lens/wide");
      const none = await orkOnce([...args, "lens", "narrow"]);
      expect(none).toMatchObject({ code: EXIT.operational, stdout: "" });
      expect(none.stderr).toContain(`No lens "narrow" in namespace "${namespace()}"`);
    });

    test("a CRD that goes away degrades its API alone; when it comes back, so does the API", async () => {
      await objects.delete("Lamp/desk");
      await objects.untilGone("Lamp/desk");
      await cluster().kubectl(["delete", "crd", "lamps.lifecycle.test", "--timeout=60s"]);
      await ork.eventually("the health says so", async () => {
        const { status, body } = await ork.view("/katalog/lamp/health");
        return (
          status === 503 &&
          body["state"] === "degraded" &&
          body["lastError"] === "CRD missing at runtime"
        );
      });
      expect((await ork.view("/katalog")).body).toMatchObject({ totalDegraded: 1, healthy: false });
      expect((await ork.view("/health")).status).toBe(200);
      await objects.patch("Lens/wide", { spec: { width: "35" } });
      await ork.eventually(
        "the other API works on",
        async () => (await objects.get("ConfigMap/wide"))["data"].width === "35",
      );
      await installCrd(cluster(), "lamp");
      await ork.eventually("the API is back", async () => {
        const { body } = await ork.view("/katalog/lamp/health");
        return body["state"] !== "degraded";
      });
      await objects.create("Lamp", "floor", { spec: { color: "green" } });
      await objects.untilReady("Lamp/floor");
      await objects.delete("Lamp/floor");
      await objects.untilGone("Lamp/floor");
    });

    test("every line of its log is JSON with time, level and message, and standard output is empty", async () => {
      const lines = ork.stderr.split("\n").filter((line) => line !== "");
      for (const line of lines) {
        expect(JSON.parse(line)).toMatchObject({
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          level: expect.stringMatching(/^(info|warn|error)$/),
          message: expect.any(String),
        });
      }
      expect(lines.length).toBeGreaterThan(3);
      expect(ork.stdout).toBe("");
    });

    test("SIGTERM in the middle of work: it ends in time with 0, and the next start finishes the work", async () => {
      const names = Array.from({ length: 60 }, (_, index) => `many-${index}`);
      await Promise.all(
        names.map((name) => objects.create("Lens", name, { spec: { width: "50" } })),
      );
      const started = performance.now();
      expect(await ork.stop()).toBe(EXIT.ok);
      expect(performance.now() - started).toBeLessThan(20_000);
      expect(ork.log.slice(-2).map(({ message }) => message)).toEqual(["Stopping", "Stopped"]);
      expect(ork.log.filter(({ level }) => level === "error")).toEqual([]);
      const args = ["run", "--listen", "0", "--log-format", "text", ...run()];
      await using second = await OrkProcess.start(args);
      await Promise.all(names.map((name) => objects.untilReady(`Lens/${name}`)));
      // --listen 0: nothing is served, and nothing is said of it.
      expect(second.url).toBeUndefined();
      expect(second.stderr).not.toContain("Serving");
      await Promise.all([...names, "wide"].map((name) => objects.delete(`Lens/${name}`)));
      await Promise.all([...names, "wide"].map((name) => objects.untilGone(`Lens/${name}`)));
      second.signal("SIGINT");
      expect(await second.ended()).toBe(EXIT.ok);
      const lines = second.stderr.trimEnd().split("\n");
      expect(lines[0]).toMatch(/^[\d:.]{12} INFO {2}Connected server=https:\S+ version=v\S+$/);
      expect(lines.at(-1)).toMatch(/^[\d:.]{12} INFO {2}Stopped$/);
    });

    test("a taken port is an error when it was asked for, and only a warning when it was not", async () => {
      const [port = 0] = await freePorts(1);
      const squatter = createServer().listen(port, "127.0.0.1");
      try {
        const asked = await orkOnce(["run", "--listen", `127.0.0.1:${port}`, ...run()]);
        expect(asked.code).toBe(EXIT.operational);
        expect(asked.stderr).toContain(`Cannot listen on "127.0.0.1:${port}": use another address`);
        const env = { ORK_PORT: String(port) };
        await using ork = await OrkProcess.start(["run", ...run()], { env });
        const warning = await ork.eventually("it says so", () =>
          ork.log.find(({ message }) => message.startsWith("Cannot listen on")),
        );
        expect(warning.level).toBe("warn");
        await ork.eventually(
          "it works all the same",
          () => ork.log.filter(({ message }) => message === "Started").length === 2,
        );
        expect(await ork.stop()).toBe(EXIT.ok);
      } finally {
        squatter.close();
      }
    });
  },
});

const SANDBOX = ["-f", "examples/website", "--sandbox", "--log-format", "json"];

test("a terminal that is closed stops it in order, however often it is told", async () => {
  await using ork = await OrkProcess.serve(SANDBOX);
  ork.signal("SIGHUP");
  ork.signal("SIGHUP");
  expect(await ork.ended()).toBe(EXIT.ok);
  expect(ork.log.slice(-2).map(({ message }) => message)).toEqual(["Stopping", "Stopped"]);
});

test("with nohup it outlives its terminal", async () => {
  const { executable } = await builtOrk();
  await using ork = await OrkProcess.serve(SANDBOX, { program: ["nohup", executable] });
  ork.signal("SIGHUP");
  await sleep(500);
  expect(ork.exitCode).toBeUndefined();
  expect(await ork.stop()).toBe(EXIT.ok);
});

test.each(["website", "fleet", "platform", "monitoring", "tenant"])(
  "template of %s is what validate names by its digest",
  async (name) => {
    const file = ["-f", `examples/${name}`];
    const [valid, yaml, json] = await Promise.all([
      orkOnce(["validate", ...file]),
      orkOnce(["template", ...file]),
      orkOnce(["template", ...file, "-o", "json"]),
    ]);
    const digest = /sha256:[0-9a-f]{64}/.exec(valid.stdout)?.[0] ?? "none";
    expect(yaml.stdout).toStartWith(`# ${digest}\n`);
    const document = JSON.parse(json.stdout);
    expect(Bun.YAML.parse(yaml.stdout)).toEqual(document);
    const own = createHash("sha256").update(canonicalJson(document)).digest("hex");
    expect(`sha256:${own}`).toBe(digest);
  },
);

describeWithCluster("secret values", {
  needs: ["pods"],
  tests(cluster) {
    test("of a tenant's token and of a generated password are in no log and no event", async () => {
      const objects = new NamespacedObjects(cluster(), await cluster().newNamespace("secrets"));
      const token = "tok-9f8e7d6c5b4a";
      const theirs = Buffer.from('{"auths":{"somebody":{}}}').toString("base64");
      const kubeconfig = cluster().kubeconfig("operator");
      const args = ["-f", "examples/tenant", "-f", "examples/platform", "--log-level", "debug"];
      await using ork = await OrkProcess.serve([...args, "--kubeconfig", kubeconfig]);
      await objects.create("Tenant", "rocket", {
        spec: { team: "Rocket", members: [], registryToken: token },
      });
      await objects.create("Database", "orders", { spec: {} });
      await objects.untilReady("Tenant/rocket");
      await objects.untilReady("Database/orders");
      const encoded: string = (await objects.get("Secret/registry"))["data"][".dockerconfigjson"];
      const password: string = (await objects.get("Secret/orders-credentials"))["data"].password;
      // Drift of a Secret is put right and told, without either value.
      await objects.patch("Secret/registry", { data: { ".dockerconfigjson": theirs } });
      await ork.eventually(
        "the Secret is put right",
        async () => (await objects.get("Secret/registry"))["data"][".dockerconfigjson"] === encoded,
      );
      const got = await orkOnce([
        "get",
        ...args.slice(0, 4),
        "--kubeconfig",
        kubeconfig,
        "-n",
        objects.namespace,
        "-o",
        "json",
      ]);
      await objects.delete("Tenant/rocket");
      await objects.delete("Database/orders");
      await objects.untilGone("Tenant/rocket");
      await objects.untilGone("Database/orders");
      expect(await ork.stop()).toBe(EXIT.ok);
      const events = JSON.stringify(await objects.list("Event"));
      expect(events).toContain("TenantReconciled");
      const plain = Buffer.from(password, "base64").toString();
      expect(plain).toHaveLength(24);
      const said = [ork.stdout, ork.stderr, events, got.stdout, got.stderr].join("\n");
      for (const value of [token, encoded, plain, password, theirs, '"somebody":{}']) {
        expect(said.includes(value)).toBe(false);
      }
    });
  },
});

describeWithCluster("in a pod", {
  needs: ["pods"],
  tests(cluster) {
    const obstacle = mountObstacle();
    if (obstacle !== undefined) console.error(`\n*** SKIPPED, cannot pretend a pod: ${obstacle}\n`);

    test.skipIf(obstacle !== undefined)(
      "it goes by the service account, and installs nothing",
      async () => {
        const namespace = await cluster().newNamespace("pod");
        const objects = new NamespacedObjects(cluster(), namespace, KINDS);
        await using pod = await openPod(cluster(), namespace);
        await cluster().kubectl([
          "delete",
          "crd",
          "lamps.lifecycle.test",
          "--ignore-not-found",
          "--timeout=60s",
        ]);
        await installCrd(cluster(), "lens");
        await using ork = await OrkProcess.serve(["-f", katalog], pod.options);
        expect(ork.log.find(({ message }) => message === "Connected")).toMatchObject({
          server: cluster().server,
        });
        await objects.create("Lens", "wide", { spec: { width: "24" } });
        await objects.untilReady("Lens/wide");
        const { body } = await ork.view("/katalog/lamp/health");
        expect(body).toMatchObject({ state: "pending" });
        expect(body["reason"]).toStartWith("The cluster serves no Lamp.v1.lifecycle.test");
        expect(await cluster().tryKubectl(["get", "crd", "lamps.lifecycle.test"])).toMatchObject({
          code: 1,
        });
        await objects.delete("Lens/wide");
        await objects.untilGone("Lens/wide");
        expect(await ork.stop()).toBe(EXIT.ok);
      },
    );
  },
});

/** A mount namespace in which the files of a pod's service account are where a pod has them. */
async function openPod(cluster: Cluster, namespace: string) {
  const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
  const account = { name: "ork", namespace, clusterRules: rules };
  const kubeconfig = JSON.parse(await Bun.file(await cluster.serviceAccount(account)).text());
  const folder = await mkdtemp(join(tmpdir(), "ork-pod-"));
  const files = join(folder, "secrets/kubernetes.io/serviceaccount");
  await mkdir(files, { recursive: true });
  await writeFile(join(files, "token"), kubeconfig.users[0].user.token);
  await writeFile(join(files, "ca.crt"), cluster.ca);
  await writeFile(join(files, "namespace"), namespace);
  const { hostname, port } = new URL(cluster.server);
  const { executable } = await builtOrk();
  const enter = 'mount --bind "$0" "$(readlink -f /var/run)" && exec "$@"';
  return {
    options: {
      program: ["unshare", "-m", "sh", "-c", enter, folder, executable],
      env: {
        HOME: "/nonexistent",
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
      },
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function mountObstacle(): string | undefined {
  if (process.platform !== "linux") return "not Linux";
  if (process.getuid?.() !== 0) return "not root";
  const { exitCode } = Bun.spawnSync(["unshare", "-m", "mount", "--bind", "/tmp", "/mnt"]);
  return exitCode === 0 ? undefined : "this root may not mount";
}

async function installCrd(cluster: Cluster, name: string): Promise<void> {
  const text = await Bun.file(join(katalog, `${name}.crd.yaml`)).text();
  await cluster.installCrd(Bun.YAML.parse(text) as CrdManifest);
}
