/** `ork why` asks a running process, and says what happened to one custom resource and why. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { Why } from "../../src/server/why.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/free-port.ts";
import { NamespacedObjects } from "../support/namespaced-objects.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";

const katalog = join(import.meta.dir, "fixtures/why");
const KINDS = { Lamp: ["why.test/v1", "lamps"] } as const;

describeWithCluster("ork why", {
  tests(cluster) {
    let ork: OrkProcess;
    let objects: NamespacedObjects;
    beforeAll(async () => {
      objects = new NamespacedObjects(cluster(), await cluster().newNamespace("why"), KINDS);
      ork = await OrkProcess.serve([
        "-f",
        katalog,
        "--kubeconfig",
        cluster().kubeconfig("operator"),
      ]);
      const spec = { color: "red", level: "3", key: "hunter2" };
      await objects.create("Lamp", "desk", { spec });
      await objects.untilReady("Lamp/desk");
    });
    afterAll(() => ork?.[Symbol.asyncDispose]());

    const ask = (...args: string[]) =>
      orkOnce(["why", "--server", ork.url ?? "", "-n", objects.namespace, ...args]);
    const edit = (path: string, body: object, manager: string) =>
      cluster().json("PATCH", `${path}?fieldManager=${manager}`, {
        body,
        contentType: "application/merge-patch+json",
      });
    const lampPath = () => `/apis/why.test/v1/namespaces/${objects.namespace}/lamps/desk`;

    async function whyUntil(look: (why: Why) => boolean): Promise<Why> {
      return eventually("why tells it", async () => {
        const { code, stdout } = await ask("lamp/desk", "-o", "json");
        expect(code).toBe(EXIT.ok);
        const why = JSON.parse(stdout) as Why;
        return look(why) && why;
      });
    }

    test("tells what the creation caused, and no value of a Secret", async () => {
      const { code, stdout } = await ask("lamp/desk");
      expect(code).toBe(EXIT.ok);
      expect(stdout).toContain(`Lamp "desk" in "${objects.namespace}"`);
      expect(stdout).toMatch(/Next +resync in [\dm]+s/);
      expect(stdout).toContain("because: custom resource added");
      expect(stdout).toContain('+ ConfigMap "desk"');
      expect(stdout).toContain('+ Secret "desk-key"');
      expect(stdout).toContain('metadata.finalizers: [] → ["orkestra.orkspace.io/cleanup"]');
      expect(stdout).not.toContain("\u001b");
      const json = await ask("Lamp", "desk", "-o", "json");
      expect(json.stdout + stdout).not.toContain("hunter2");
    });

    test("names who edited the custom resource, and the fields that followed", async () => {
      await edit(lampPath(), { spec: { color: "blue", key: "hunter3" } }, "an-editor");
      const { history } = await whyUntil(
        ({ history: [last] }) => last?.causes[0]?.manager === "an-editor",
      );
      expect(history[0]).toMatchObject({
        result: "settled",
        causes: [{ kind: "custom resource", text: 'spec edited (generation 2) by "an-editor"' }],
      });
      const changes = history[0]?.changes ?? [];
      expect(changes.find(({ kind }) => kind === "ConfigMap")?.fields).toEqual([
        { path: "data.color", before: "red", after: "blue" },
      ]);
      expect(changes.find(({ kind }) => kind === "Secret")?.fields?.[0]?.path).toBe("data.key");
      expect(JSON.stringify(history)).not.toMatch(/hunter|aHVudGVy/);
    });

    test("names who made a child drift, the field and both values", async () => {
      const path = `/api/v1/namespaces/${objects.namespace}/configmaps/desk`;
      await edit(path, { data: { color: "green" } }, "a-stranger");
      const { history } = await whyUntil(
        ({ history: [last] }) => last?.causes[0]?.kind === "child",
      );
      expect(history[0]?.causes).toEqual([
        {
          kind: "child",
          text: 'ConfigMap "desk" updated by "a-stranger"',
          child: { kind: "ConfigMap", namespace: objects.namespace, name: "desk" },
          manager: "a-stranger",
        },
      ]);
      expect(history[0]?.changes[0]?.fields).toEqual([
        { path: "data.color", before: "green", after: "blue", manager: "a-stranger" },
      ]);
      const { stdout } = await ask("lamps/desk");
      expect(stdout).toContain('data.color: "green" → "blue", was set by "a-stranger"');
    });

    test("tells the error that is in the way, and what was done all the same", async () => {
      await edit(lampPath(), { spec: { color: "white", level: "high" } }, "an-editor");
      const why = await whyUntil(({ blockedBy }) => blockedBy?.kind === "stuck");
      expect(why.blockedBy?.message).toContain("toInt");
      expect(why.ready?.status).toBe("False");
      expect(why.history[0]?.result).toBe("stuck");
      const { stdout } = await ask("lamp/desk");
      expect(stdout).toContain("Blocked  stuck, tried again when it or a child changes");
      await edit(lampPath(), { spec: { level: "4" } }, "an-editor");
      expect((await whyUntil(({ blockedBy }) => blockedBy === undefined)).history[0]?.result).toBe(
        "settled",
      );
    });

    test("the view answers the same", async () => {
      const path = `/katalog/lamp/cr/${objects.namespace}/desk/why`;
      const { status, body } = await ork.view<Why>(path);
      expect(status).toBe(200);
      const asked = JSON.parse((await ask("lamp/desk", "-o", "json")).stdout) as Why;
      expect(body.history).toEqual(asked.history);
      expect(body.next?.why).toBe("resync");
    });

    test.each(["lamp", "lamps", "lamps.why.test", "lamps.v1.why.test", "Lamp.v1.why.test"])(
      "knows the kind as %s, as kubectl does",
      async (kind) => {
        expect(await ask(kind, "desk")).toMatchObject({ code: EXIT.ok });
        const get = ["get", kind, "desk", "-f", katalog, "-n", objects.namespace];
        const access = ["--kubeconfig", cluster().kubeconfig("operator")];
        const { code, stdout } = await orkOnce([...get, ...access]);
        expect([code, stdout.split(" ")[0]]).toEqual([EXIT.ok, "Lamp/desk"]);
      },
    );

    test.each([
      ["a custom resource that is not there", ["lamp/other"], EXIT.operational, 'No lamp "other"'],
      ["a kind that it does not serve", ["lmap/desk"], EXIT.usage, 'did you mean "lamp"?'],
      ["no name", ["lamp"], EXIT.usage, "expected a kind and a name, as in website/hello"],
    ] as const)("says what is wrong with %s", async (...[, args, expected, message]) => {
      const { code, stderr } = await ask(...args);
      expect(stderr).toContain(message);
      expect(code).toBe(expected);
    });

    test("says what to do where nothing runs, or something else does", async () => {
      const [port = 0] = await freePorts(1);
      const nobody = await orkOnce(["why", "lamp/desk", "--server", `127.0.0.1:${port}`]);
      expect(nobody.code).toBe(EXIT.operational);
      expect(nobody.stderr).toContain('start "ork run", or name its address with --server');
      expect(nobody.stderr).toContain("kubectl port-forward");
      using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hi") });
      const other = await orkOnce(["why", "lamp/desk", "--listen", `127.0.0.1:${server.port}`]);
      expect(other.code).toBe(EXIT.operational);
      expect(other.stderr).toContain('is not "ork run"');
    });
  },
});
