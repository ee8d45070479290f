/**
 * C6, auditable: "what is running right now?" has one answer, and it is the same wherever it is asked: in
 * the log, by `ork version -f`, in the view, as a metric, and on every custom resource.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";
import { chartOf, indexOf, komposerOf, Sources, thingCrd, thingKatalog } from "./sources.ts";

interface Told {
  readonly origin: string;
  readonly version: string;
  readonly digest: string;
}

describeWithCluster("C6 auditable", {
  tests(cluster) {
    let sources: Sources;
    let namespace = "";
    beforeAll(async () => {
      sources = await Sources.open();
      namespace = await cluster().newNamespace("audit");
      const chart = await chartOf("platform", "3.2.1");
      await sources.serve(["api.example.io"], (request, response) => {
        const isCrd = request.url === "/crd.json";
        response.end(isCrd ? thingCrd("audited") : thingKatalog("audited", namespace));
      });
      await sources.serve(["charts.example.io"], (request, response) => {
        response.end(request.url?.endsWith(".tgz") ? chart : indexOf("platform", "3.2.1", chart));
      });
    }, 60_000);
    afterAll(() => sources[Symbol.asyncDispose]());

    test("log, version, view, metric tell the same imports, and with the custom resource one digest", async () => {
      const text = komposerOf({
        files: ["https://api.example.io/katalog.yaml"],
        helm: [{ repo: "https://charts.example.io", chart: "platform", version: "^3.0.0" }],
      });
      const path = await sources.write("komposer.yaml", text);
      const flags = ["-f", path, ...sources.flags];
      const version = await orkOnce(["version", "-o", "json", ...flags]);
      expect(version.code).toBe(0);
      const { digest, imports } = JSON.parse(version.stdout) as {
        digest: string;
        imports: readonly Told[];
      };
      const told = imports.map(({ origin, version: of, digest: own }) => ({
        origin,
        version: of,
        digest: own,
      }));
      expect(told).toEqual([
        {
          origin: "file:https://api.example.io/katalog.yaml",
          version: "1.0.0",
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        },
        {
          origin: "helm:https://charts.example.io/platform@3.2.1",
          version: "3.2.1",
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        },
      ]);
      const more = ["--kubeconfig", cluster().kubeconfig("operator"), "--log-format", "json"];
      await using ork = await OrkProcess.start([
        "run",
        "--listen",
        "127.0.0.1:0",
        ...flags,
        ...more,
      ]);
      const view = await ork.eventually("the view is open", async () => {
        const found =
          ork.url !== undefined &&
          (await ork.view<{ imports?: Told[]; digest: string }>("/katalog"));
        return found && found.body.imports !== undefined && found.body;
      });
      expect(view.digest).toBe(digest);
      expect(view.imports).toMatchObject(told);
      const line = (message: string) => ork.log.filter((one) => one.message === message);
      expect(line("Katalog resolved")).toMatchObject([{ digest }]);
      expect(line("Import resolved")).toMatchObject(told);
      const metrics = await (await fetch(`${ork.url}/metrics`)).text();
      expect(metrics).toContain(`digest="${digest}"`);
      for (const { origin, version: of, digest: own } of told) {
        const labels = `origin="${origin}",version="${of}",digest="${own}"`;
        expect(metrics).toContain(`orkestra_import_info{${labels}} 1`);
      }
      const body = {
        apiVersion: "audited.example.io/v1",
        kind: "Thing",
        metadata: { name: "one" },
        spec: { text: "x" },
      };
      const things = `/apis/audited.example.io/v1/namespaces/${namespace}/things`;
      await eventually("the CRD is there", () => cluster().json("POST", things, { body }));
      await ork.eventually("the custom resource tells the digest", async () => {
        const { metadata } = await cluster().json<{
          metadata: { annotations?: Record<string, string> };
        }>("GET", `${things}/one`);
        return metadata.annotations?.["orkestra.orkspace.io/config-digest"] === digest;
      });
    }, 60_000);

    test("the resolved document says where each value came from, and no place is part of its digest", async () => {
      const text = komposerOf(
        { files: ["https://api.example.io/katalog.yaml"] },
        { spec: { crds: { audited: { operatorBox: { reconcile: { workers: 7 } } } } } },
      );
      const { stdout } = await sources.ork(["template", "--origins"], { text });
      expect(stdout).toMatch(/workers: 7 # \S+komposer.yaml:1:\d+/);
      expect(stdout).toContain("# https://api.example.io/katalog.yaml:1:");
      const asJson = await sources.ork(["template", "--origins", "-o", "json"], { text });
      expect(JSON.parse(asJson.stdout)).toMatchObject({
        digest: stdout.split("\n")[0]?.slice("# ".length),
        document: { crds: [{ name: "audited", workers: 7 }] },
        origins: {
          "/crds/0/workers": { file: expect.stringMatching(/komposer.yaml$/), line: 1 },
          "/crds/0/type/group": { file: "https://api.example.io/crd.json" },
        },
      });
      const plain = await sources.ork(["template"], { text: `\n\n${text}` });
      expect(plain.stdout.split("\n")[0]).toBe(stdout.split("\n")[0]);
    });
  },
});
