/**
 * Somebody takes an entry out of a Katalog, or switches it off, while custom resources of it exist: the next
 * start says that nobody cleans up after them, and a user who may see nothing else is no obstacle.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thingCrd, thingKatalog } from "../contract/sources.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";

const NAME = "stranded";

describeWithCluster("an entry that is not served any more", {
  tests(cluster) {
    let folder = "";
    let namespace = "";
    const things = () => `/apis/${NAME}.example.io/v1/namespaces/${namespace}/things`;

    async function write(change: (crds: Record<string, object>) => Record<string, object>) {
      const katalog = JSON.parse(thingKatalog(NAME, namespace));
      katalog.spec.crds = change(katalog.spec.crds);
      await writeFile(join(folder, "katalog.yaml"), JSON.stringify(katalog));
    }

    function serve(kubeconfig = cluster().kubeconfig("operator")): Promise<OrkProcess> {
      const log = ["--log-format", "json", "--log-level", "debug"];
      return OrkProcess.serve(["-f", folder, "--kubeconfig", kubeconfig, ...log]);
    }

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "ork-stranded-"));
      namespace = await cluster().newNamespace(NAME);
      await writeFile(join(folder, "crd.json"), thingCrd(NAME));
      await write((crds) => crds);
      await using ork = await serve();
      const metadata = { name: "left" };
      const body = { apiVersion: `${NAME}.example.io/v1`, kind: "Thing", metadata };
      await cluster().json("POST", things(), { body });
      await eventually("it has its ConfigMap", () =>
        cluster().json("GET", `/api/v1/namespaces/${namespace}/configmaps/left`),
      );
      await ork.stop();
    }, 60_000);
    afterAll(async () => {
      const patch = '{"metadata":{"finalizers":null}}';
      const things = `things.${NAME}.example.io`;
      await cluster().kubectl([
        "patch",
        "-n",
        namespace,
        things,
        "left",
        "--type=merge",
        "-p",
        patch,
      ]);
      await rm(folder, { recursive: true });
    });

    test("that left the Katalog is told once after the start", async () => {
      await write(() => ({}));
      await using ork = await serve();
      const told = () => ork.log.filter(({ message }) => message.includes("waits for ever"));
      await ork.eventually("it is told", async () => told().length > 0);
      expect(told()).toHaveLength(1);
      expect(told()[0]).toMatchObject({
        level: "warn",
        kind: `things.${NAME}.example.io`,
        count: 1,
        keys: [`${namespace}/left`],
      });
    }, 60_000);

    test("that is disabled is told, shown as that by view and command line, and left alone", async () => {
      await write(({ [NAME]: entry }) => ({ [NAME]: { ...entry, enabled: false } }));
      await using ork = await serve();
      await ork.eventually("it is told", async () => {
        return ork.log.some(({ message }) => message.includes(`entry "${NAME}" is disabled`));
      });
      const { body } = await ork.view("/katalog");
      expect(body).toMatchObject({ totalEnabled: 0, crds: [{ name: NAME, state: "disabled" }] });
      const kubeconfig = cluster().kubeconfig("operator");
      const get = await orkOnce(["get", NAME, "-f", folder, "--kubeconfig", kubeconfig]);
      const why = await orkOnce(["why", `${NAME}/left`, "--server", ork.url ?? ""]);
      for (const { code, stderr } of [get, why]) {
        expect(code).toBe(4);
        expect(stderr).toContain(`The entry "${NAME}" is disabled`);
      }
    }, 60_000);

    test("is nothing to say of for whoever may not look", async () => {
      await write(({ [NAME]: entry }) => ({ [NAME]: { ...entry, enabled: false } }));
      await using ork = await serve(cluster().kubeconfig("nobody"));
      await ork.eventually("it has looked", async () => {
        return ork.log.some(({ message }) => message.startsWith("No right to look"));
      });
      expect(ork.log.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
      expect(await ork.stop()).toBe(0);
    }, 60_000);
  },
});
