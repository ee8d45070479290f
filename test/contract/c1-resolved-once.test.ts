/**
 * C1, resolved once: after ready no source is read, polled or watched. The process opens no connection
 * but to the API server, each being written down where it is opened, its sources may change or go away, and it goes on as it began.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canRecord, recordTo } from "../support/connect-recorder.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { OrkProcess } from "../support/ork-process.ts";
import type { WebServer } from "../support/web-server.ts";
import { connectionsOf } from "./connections.ts";
import { komposerOf, Sources, thingCrd, thingKatalog } from "./sources.ts";

const WATCHED_MS = 5_000;

describeWithCluster("C1 resolved once", {
  tests(cluster) {
    let sources: Sources;
    let server: WebServer;
    let namespace = "";
    beforeAll(async () => {
      sources = await Sources.open();
      namespace = await cluster().newNamespace("once");
      server = await sources.serve(["api.example.io"], (request, response) => {
        const isCrd = request.url === "/crd.json";
        response.end(isCrd ? thingCrd("once") : thingKatalog("once", namespace));
      });
    }, 60_000);
    afterAll(() => sources[Symbol.asyncDispose]());

    async function create(name: string): Promise<void> {
      const path = `/apis/once.example.io/v1/namespaces/${namespace}/things`;
      const body = {
        apiVersion: "once.example.io/v1",
        kind: "Thing",
        metadata: { name },
        spec: { text: name },
      };
      await cluster().json("POST", path, { body });
    }

    function made(name: string) {
      return eventually(`${name} has its ConfigMap`, async () => {
        const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
        return (await cluster().json<{ data: object }>("GET", path)).data;
      });
    }

    test.skipIf(!canRecord())(
      "after ready every connection is one to the API server",
      async () => {
        await sources.write("local.yaml", thingKatalog("local", namespace));
        await sources.write("crd.json", thingCrd("local"));
        const text = komposerOf({ files: ["https://api.example.io/katalog.yaml", "local.yaml"] });
        const path = await sources.write("komposer.yaml", text);
        const { program, env, addresses } = await recordTo(join(sources.folder, "connections"));
        const kubeconfig = cluster().kubeconfig("operator");
        const args = ["-f", path, ...sources.flags, "--kubeconfig", kubeconfig];
        await using ork = await OrkProcess.serve(args, { program, env });
        const asked = server.seen.length;
        expect(asked).toBe(2);
        const before = await addresses();
        expect(before).toContain(`127.0.0.1:${server.port}`);
        const digest = (await ork.view("/katalog")).body["digest"];
        // What it was made of is another thing now, or gone.
        await rm(join(sources.folder, "local.yaml"));
        await writeFile(path, "nothing that could be read");
        for (let index = 0; index < 5; index++) {
          await create(`thing-${index}`);
          await Bun.sleep(WATCHED_MS / 5);
        }
        const { host } = new URL(cluster().server);
        const after = new Set((await addresses()).slice(before.length));
        after.delete(host);
        expect([...after]).toEqual([]);
        // Nor is one left from before.
        const view = Number(new URL(ork.url ?? "").port);
        const open = (await connectionsOf(ork.pid)).filter(({ localPort }) => localPort !== view);
        expect([...new Set(open.map((one) => `127.0.0.1:${one.remotePort}`))]).toEqual([host]);
        expect(await addresses()).toContain(host);
        expect(server.seen).toHaveLength(asked);
        expect(await made("thing-4")).toEqual({ text: "thing-4" });
        expect((await ork.view("/katalog")).body["digest"]).toBe(digest);
      },
      60_000,
    );

    test("a source that changes or fails after ready changes nothing", async () => {
      const text = komposerOf({ files: ["https://api.example.io/katalog.yaml"] });
      const path = await sources.write("again.yaml", text);
      await using ork = await OrkProcess.serve([
        "-f",
        path,
        ...sources.flags,
        "--kubeconfig",
        cluster().kubeconfig("operator"),
      ]);
      await server[Symbol.asyncDispose]();
      await create("later");
      expect(await made("later")).toEqual({ text: "later" });
      expect(ork.exitCode).toBeUndefined();
    }, 60_000);
  },
});
