/** What `ork plan` tells people and programs: each finding, its exit code, and nothing secret. */
import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { createLock, printLock } from "../../src/resolve/lock.ts";
import { type AuditedRequest, AuditLog, isHousekeeping, isWrite } from "../support/audit-log.ts";
import type { Cluster } from "../support/cluster-client.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";

setDefaultTimeout(60_000);

const PROGRAM = {};
const GROUP = "planreport.orkestra.dev";

describeWithCluster("ork plan tells", {
  needs: ["audit"],
  tests(cluster) {
    let stage: PlanStage;
    beforeAll(async () => {
      stage = await PlanStage.open(cluster());
    });
    afterAll(() => stage?.[Symbol.asyncDispose]());
    beforeEach(() => stage.renew());

    test("what a first start brings along, down to the children, and writes nothing", async () => {
      await stage.writeKatalog({ crFiles: ["./cr.yaml"] });
      const { code, plan } = await stage.planJson();
      expect(code).toBe(EXIT.differences);
      const [entry] = plan.crds;
      expect(entry.definition).toMatchObject({ action: "create" });
      expect(entry.brought.map(({ action, kind }: Planned) => [action, kind])).toEqual([
        ["create", "CustomResourceDefinition"],
        ["create", stage.kind],
      ]);
      const [resource] = entry.resources;
      expect(resource).toMatchObject({ name: "brought", outcome: "settled" });
      expect(
        resource.objects.map(({ action, kind, isChecked }: Planned) => [action, kind, isChecked]),
      ).toEqual([
        ["update", stage.kind, false],
        ["create", "ConfigMap", true],
        ["create", "Secret", true],
      ]);
      expect(await stage.takeRealWrites()).toEqual([]);
    });

    test("nothing when nothing would change; then each field, and no secret", async () => {
      await stage.writeKatalog();
      await stage.serve(["one", "two"]);
      const equal = await stage.plan();
      expect([equal.code, equal.stdout]).toEqual([
        EXIT.ok,
        expect.stringContaining("nothing changes"),
      ]);
      expect(equal.stdout).toContain("last reconciled by this same document");
      await stage.writeKatalog({ secret: "canary-new", text: "other" });
      const changed = await stage.plan();
      expect(changed.code).toBe(EXIT.differences);
      expect(changed.stdout).toMatch(/data\.text: "text of one" → "other text of one"/);
      expect(changed.stdout).toMatch(/~ Secret .*one\n +data\.key: changed/);
      expect(changed.stdout).toContain("Now runs sha256:");
      const { plan } = await stage.planJson();
      expect(JSON.stringify(plan) + changed.stdout).not.toContain("canary");
      expect(plan.summary).toMatchObject({
        customResources: { total: 2, looked: 2, changed: 2, failed: 0 },
        objects: { create: 0, update: 4, delete: 0, recreate: 0 },
      });
    });

    test("a CRD that the cluster refuses: its entry would not start, others are planned", async () => {
      await stage.writeKatalog({ isRefused: true });
      const { code, stdout, stderr } = await stage.plan();
      expect(code).toBe(EXIT.operational);
      expect(stderr).not.toMatch(/error:|\bat .*:\d+:\d+\)/);
      expect(stdout).toMatch(
        /would not start: CustomResourceDefinition.* is invalid: .*undefined field 'nothing'/,
      );
      expect(stdout).toContain("is refused by the cluster");
      const { plan } = await stage.planJson();
      const [other, thing] = plan.crds;
      expect(thing).toMatchObject({ name: "thing", obstacle: { kind: "refused" } });
      expect(thing.definition).toMatchObject({ action: "refuse" });
      expect(other).toMatchObject({ name: "other", looked: 0 });
      expect(other.obstacle).toBeUndefined();
    });

    test("custom resources that would fail in front, and what is said of new objects", async () => {
      await stage.writeKatalog();
      await stage.serve(["one"]);
      await stage.createMap("taken");
      await stage.writeKatalog({ map: "taken" });
      const { code, stdout } = await stage.plan();
      expect(code).toBe(EXIT.differences);
      expect(stdout).toContain(`WOULD FAIL: 1 custom resource: thing ${stage.namespace}/one`);
      expect(stdout).toMatch(/status\.conditions\[type=Ready\]\.status: "True" → "False"/);
      expect(stdout).not.toContain("lastTransitionTime");
      const { plan } = await stage.planJson();
      expect(plan.failing).toMatchObject([{ crd: "thing", name: "one", outcome: "stuck" }]);
    });

    test("data that is lost with what is deleted", async () => {
      await stage.writeKatalog({ isKeeping: true });
      await stage.serve(["one"]);
      await stage.writeKatalog();
      const { stdout } = await stage.plan();
      const title = (kind: string, name: string) => `- ${kind} ${stage.namespace}/${name}`;
      expect(stdout).toContain(`${title("Secret", "one-made")}: its generated value is lost`);
      expect(stdout).toContain(
        `${title("PersistentVolumeClaim", "one-disk")}: the data of its volume is lost`,
      );
      const { plan } = await stage.planJson();
      const deleted = plan.crds[0].resources[0].objects.filter(
        ({ action }: Planned) => action === "delete",
      );
      expect(deleted.map(({ kind, loses }: Planned) => [kind, loses])).toEqual([
        ["PersistentVolumeClaim", expect.stringMatching(/volume is lost, unless .* retained/)],
        ["Secret", "its generated value is lost"],
      ]);
    });

    test("custom resources that would be stranded, with what to do", async () => {
      await stage.writeKatalog();
      await stage.serve(["left"]);
      await stage.writeKatalog({ isLeaving: true });
      const { code, stdout } = await stage.plan();
      expect(code).toBe(EXIT.differences);
      expect(stdout).toContain(`1 ${stage.plural}.${GROUP} carry the finalizer of this Katalog`);
      expect(stdout).toContain(`${stage.namespace}/left`);
      expect(stdout).toContain("kubectl patch");
      // The same for an entry that selects others now.
      await stage.writeKatalog({ labelSelector: "a=b" });
      expect((await stage.planJson()).plan.summary).toMatchObject({ stranded: 1 });
    });

    test("the verdict on a schema against what is stored, also where the CRD is left alone", async () => {
      await stage.writeKatalog();
      await stage.serve(["one"]);
      await stage.writeKatalog({ maxLength: 3 });
      const left = await stage.plan();
      expect(left.stdout).toContain("differs and is left as it is");
      expect(left.stdout).toMatch(/v1 spec\.text: maxLength .* breaking for 1 object: .*\/one/);
      expect(left.stdout).toContain("Changes of schemas that hurt stored objects: 1");
      const { plan } = await stage.planJson("--apply-crds");
      expect(plan.crds[0].definition).toMatchObject({ action: "change" });
      expect(await stage.takeRealWrites()).toEqual([]);
    });

    test("a sample, loudly", async () => {
      await stage.writeKatalog();
      await stage.serve(["a", "b", "c", "d"]);
      await stage.writeKatalog({ text: "other" });
      const { stdout } = await stage.plan("--sample", "2");
      expect(stdout).toMatch(/SAMPLE: only 2 of 4 custom resources were looked at/);
      expect((await stage.plan("--sample", "none")).code).toBe(EXIT.usage);
    });

    test("the documents field by field, where a process says what it runs", async () => {
      await stage.writeKatalog();
      await stage.create(["one"]);
      await using ork = await stage.start();
      const equal = await stage.planJson("--running", ork.url ?? "");
      expect(equal.plan.running).toMatchObject({ kind: "equal" });
      await stage.writeKatalog({ text: "other" });
      const { plan } = await stage.planJson("--running", ork.url ?? "");
      expect(plan.running.document).toEqual([
        {
          path: expect.stringMatching(/^crds\[thing\]\.box\.children\[.*\]\.fields\.data\.text$/),
          before: "{{ .spec.text }}",
          after: "other {{ .spec.text }}",
        },
      ]);
      const nobody = await stage.plan("--running", "http://127.0.0.1:1");
      expect([nobody.code, nobody.stderr]).toEqual([
        EXIT.operational,
        expect.stringContaining("Cannot read what runs"),
      ]);
    });

    test("what is refused as the restart would: immutable fields, foreign objects, another Katalog", async () => {
      await stage.writeKatalog();
      await stage.serve(["one"]);
      await stage.createMap("taken");
      await stage.writeKatalog({ sealed: "a" });
      await stage.serve([]);
      await stage.writeKatalog({ sealed: "b", map: "taken" });
      const { plan } = await stage.planJson();
      const [resource] = plan.crds[0].resources;
      expect(resource.outcome).toBe("stuck");
      expect(resource.reasons.join("\n")).toMatch(/the field is immutable, set "recreate: true"/);
      expect(resource.reasons.join("\n")).toMatch(/"taken"|taken.*belongs to somebody else/);
      await stage.writeKatalog({ name: "another" });
      const taken = await stage.planJson();
      expect(taken.plan.crds[0].resources[0].reasons[0]).toContain("--force-takeover");
      expect(await stage.takeRealWrites()).toEqual([]);
    });

    test("what goes on with a custom resource that is being deleted", async () => {
      await stage.writeKatalog();
      await stage.serve(["one"]);
      await stage.delete("one");
      const { plan } = await stage.planJson();
      const [resource] = plan.crds[0].resources;
      expect(resource).toMatchObject({ isBeingDeleted: true, outcome: "settled" });
      expect(await stage.takeRealWrites()).toEqual([]);
    });

    test("that the Job of a cleanup would be created, and not what comes after, however long ago the deletion was", async () => {
      await stage.writeKatalog();
      await stage.serve(["one"]);
      await stage.delete("one");
      await stage.writeKatalog({ cleanup: "{{ .metadata.name }}-backup" });
      await Bun.sleep(1_500);
      const { plan } = await stage.planJson();
      const [resource] = plan.crds[0].resources;
      expect(resource).toMatchObject({
        isBeingDeleted: true,
        outcome: "waiting",
        reasons: [
          expect.stringMatching(
            /^Job ".*\/one-backup" would be created; what comes after it is not known$/,
          ),
        ],
        warnings: [],
      });
      expect(await stage.takeRealWrites()).toEqual([]);
    });

    test("which imports are something else than in the lock that the process was started with", async () => {
      await stage.writeKatalog();
      await stage.writeLock("orkestra.lock", "b");
      await stage.writeLock("old.lock", "a");
      const { plan } = await stage.planJson("--running", stage.file("old.lock"));
      expect(plan.running.imports).toEqual([
        expect.stringMatching(/^~ https:\/\/x\.example\.io sha256:a+ → sha256:b+$/),
      ]);
      const same = await stage.planJson("--running", stage.file("orkestra.lock"));
      expect(same.plan.running).toMatchObject({ kind: "equal" });
      await rm(stage.file("orkestra.lock"));
    });

    test("what code would do: that it cannot", async () => {
      await stage.writeKatalog({ hook: "./hook.ts" });
      await writeFile(stage.file("hook.ts"), "export default { async onReconcile() {} };\n");
      const { plan } = await stage.planJson();
      expect(plan.crds[0].notComputed).toEqual([expect.stringContaining('"hook.ts" is not run')]);
    });

    test("its failures by their exit codes", async () => {
      await stage.writeKatalog();
      const nowhere = await stage.plan("--server", "http://127.0.0.1:1");
      expect(nowhere.code).toBe(EXIT.operational);
      const nobody = await stage.plan("--kubeconfig", cluster().kubeconfig("nobody"));
      expect(nobody.code).toBe(EXIT.operational);
      await stage.writeKatalog({ text: "{{ nonsense }}" });
      expect((await stage.plan()).code).toBe(EXIT.issues);
    });
  },
});

// biome-ignore lint/suspicious/noExplicitAny: the tests look into the JSON as its readers do
type Plan = any;
interface Planned {
  readonly action: string;
  readonly kind: string;
  readonly isChecked: boolean;
  readonly loses?: string;
}

interface KatalogOptions {
  readonly name?: string;
  readonly crFiles?: readonly string[];
  readonly secret?: string;
  readonly text?: string;
  readonly maxLength?: number;
  readonly labelSelector?: string;
  readonly sealed?: string;
  readonly map?: string;
  readonly isLeaving?: boolean;
  readonly isRefused?: boolean;
  readonly hook?: string;
  /** Name of a Job that runs before the end, which may take a second. */
  readonly cleanup?: string;
  /** With children whose data nobody can make again. */
  readonly isKeeping?: boolean;
}

const MADE_ONCE = {
  name: "{{ .metadata.name }}-made",
  once: true,
  data: { key: "{{ randomHex 16 }}" },
};
const CLAIM = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "{{ .metadata.name }}-disk" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};

/** What a rule in CEL may say, the API server alone knows. */
function crdText(crd: object, { isRefused }: KatalogOptions): string {
  const text = JSON.stringify(crd);
  const rule = '"x-kubernetes-validations":[{"rule":"self.nothing == 1"}],';
  return isRefused ? text.replace('"spec":{"type":"object",', (found) => found + rule) : text;
}

/** A Katalog of a kind of its own for each test, so that no test sees what another left. */
class PlanStage implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #audit: AuditLog;
  readonly #root: string;
  #serial = 0;
  namespace = "";

  private constructor(cluster: Cluster, root: string) {
    this.#cluster = cluster;
    this.#root = root;
    this.#audit = new AuditLog(cluster.auditLogPath ?? "");
  }

  static async open(cluster: Cluster): Promise<PlanStage> {
    return new PlanStage(cluster, await mkdtemp(join(tmpdir(), "orkestra-plan-report-")));
  }

  async renew(): Promise<void> {
    this.#serial++;
    this.namespace = await this.#cluster.newNamespace("planreport");
    this.#audit.take();
  }

  get kind(): string {
    return `Thing${this.#serial}`;
  }

  get plural(): string {
    return `thing${this.#serial}s`;
  }

  async writeKatalog(options: KatalogOptions = {}): Promise<void> {
    const { secret = "canary-old", text = "", sealed, map } = options;
    const onReconcile = {
      secrets: [
        { name: "{{ .metadata.name }}", data: { key: secret } },
        ...(options.isKeeping ? [MADE_ONCE] : []),
      ],
      configMaps: [
        { name: "{{ .metadata.name }}", data: { text: `${text} {{ .spec.text }}`.trim() } },
        ...(map ? [{ name: map, data: { a: "b" } }] : []),
      ],
      ...(options.isKeeping && { custom: [CLAIM] }),
      ...(sealed && {
        custom: [
          {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "{{ .metadata.name }}-sealed" },
            immutable: true,
            data: { sealed },
          },
        ],
      }),
    };
    const thing = {
      crdFile: "./crd.yaml",
      namespace: this.namespace,
      ...(options.labelSelector && { labelSelector: options.labelSelector }),
      ...(options.crFiles && { crFiles: options.crFiles }),
      operatorBox: {
        reconcile: {
          onReconcile,
          ...(options.cleanup && {
            onDelete: { timeout: "1s", jobs: [{ name: options.cleanup, image: "backup:1" }] },
          }),
        },
        ...(options.hook && { hooks: { module: options.hook } }),
      },
    };
    const other = {
      apiTypes: {
        group: "",
        version: "v1",
        kind: "ReplicationController",
        plural: "replicationcontrollers",
      },
      namespace: this.namespace,
    };
    const katalog = {
      apiVersion: "orkestra.orkspace.io/v1",
      kind: "Katalog",
      metadata: { name: options.name ?? this.namespace },
      spec: {
        crds: {
          ...((options.isLeaving || options.isRefused) && { other }),
          ...(!options.isLeaving && { thing }),
        },
      },
    };
    await writeFile(join(this.#root, "katalog.yaml"), JSON.stringify(katalog));
    await writeFile(join(this.#root, "crd.yaml"), crdText(this.#crd(options.maxLength), options));
    await writeFile(join(this.#root, "cr.yaml"), JSON.stringify(this.#object("brought")));
  }

  file(name: string): string {
    return join(this.#root, name);
  }

  async writeLock(name: string, letter: string): Promise<void> {
    const digest = `sha256:${letter.repeat(64)}`;
    const lock = createLock([{ kind: "url", reference: "https://x.example.io", digest }]);
    await writeFile(this.file(name), printLock(lock));
  }

  plan(...flags: readonly string[]) {
    const own = flags.includes("--kubeconfig") || flags.includes("--server");
    const connection = own ? [] : ["--kubeconfig", this.#cluster.kubeconfig("operator")];
    return orkOnce(["plan", "-f", this.#root, ...connection, ...flags], PROGRAM);
  }

  async planJson(...flags: readonly string[]): Promise<{ code: number; plan: Plan }> {
    const { code, stdout, stderr } = await this.plan("-o", "json", ...flags);
    if (stdout === "") throw new Error(`ork plan said nothing (${code}): ${stderr}`);
    return { code, plan: JSON.parse(stdout) };
  }

  /** Runs until these were reconciled, and ends. */
  async serve(names: readonly string[]): Promise<void> {
    await using ork = await this.start();
    await this.create(names);
    await ork.eventually("all is reconciled", async () => {
      const { body } = await ork.view<{
        resourceCount: number;
        queueDepth: number;
        totalReconciles: number;
      }>("/katalog/thing/health");
      const maps = await this.#list("ConfigMap");
      const isThere = names.every((name) => maps.includes(name));
      return (
        isThere &&
        body.queueDepth === 0 &&
        body.totalReconciles >= body.resourceCount &&
        body.totalReconciles > 0
      );
    });
    await Bun.sleep(300);
    await ork.stop();
    this.#audit.take();
  }

  start(): Promise<OrkProcess> {
    const flags = ["-f", this.#root, "--kubeconfig", this.#cluster.kubeconfig("operator")];
    return OrkProcess.serve([...flags, "--log-format", "json"], PROGRAM);
  }

  async create(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.#cluster.installCrd(this.#crd() as never);
    for (const name of names) {
      await this.#cluster.json("POST", this.#path(), { body: this.#object(name) });
    }
  }

  async delete(name: string): Promise<void> {
    await this.#cluster.json("DELETE", `${this.#path()}/${name}`);
  }

  async createMap(name: string): Promise<void> {
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
    await this.#cluster.json("POST", `/api/v1/namespaces/${this.namespace}/configmaps`, { body });
  }

  async takeRealWrites(): Promise<readonly AuditedRequest[]> {
    return this.#audit
      .take()
      .filter((request) => isWrite(request) && !isHousekeeping(request))
      .filter(({ user, uri }) => user === "operator" && !uri.includes("dryRun=All"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true });
  }

  async #list(kind: "ConfigMap"): Promise<readonly string[]> {
    const path = `/api/v1/namespaces/${this.namespace}/${kind.toLowerCase()}s`;
    const { items } = await this.#cluster.json<{ items: { metadata: { name: string } }[] }>(
      "GET",
      path,
    );
    return items.map(({ metadata }) => metadata.name);
  }

  #path(): string {
    return `/apis/${GROUP}/v1/namespaces/${this.namespace}/${this.plural}`;
  }

  #object(name: string): object {
    const metadata = { name, namespace: this.namespace };
    return {
      apiVersion: `${GROUP}/v1`,
      kind: this.kind,
      metadata,
      spec: { text: `text of ${name}` },
    };
  }

  #crd(maxLength?: number): object {
    const text = { type: "string", ...(maxLength && { maxLength }) };
    const openAPIV3Schema = {
      type: "object",
      properties: {
        spec: { type: "object", properties: { text } },
        status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    };
    const { kind, plural } = this;
    return {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${plural}.${GROUP}` },
      spec: {
        group: GROUP,
        scope: "Namespaced",
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema },
          },
        ],
      },
    };
  }
}
