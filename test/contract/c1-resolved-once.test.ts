/**
 * C1, resolved once: after ready no source is read, polled or watched. The process opens no connection
 * but to the API server, its sources may change or go away, and it goes on as it began.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

    test("after ready there are connections to the API server, and to nothing else", async () => {
      await sources.write("local.yaml", thingKatalog("local", namespace));
      await sources.write("crd.json", thingCrd("local"));
      const text = komposerOf({ files: ["https://api.example.io/katalog.yaml", "local.yaml"] });
      const path = await sources.write("komposer.yaml", text);
      const kubeconfig = cluster().kubeconfig("operator");
      await using ork = await OrkProcess.serve([
        "-f",
        path,
        ...sources.flags,
        "--kubeconfig",
        kubeconfig,
        "--log-format",
        "json",
      ]);
      const asked = server.seen.length;
      expect(asked).toBe(2);
      const digest = (await ork.view("/katalog")).body["digest"];
      const view = Number(new URL(ork.url ?? "").port);
      const api = Number(new URL(cluster().server).port);
      // What it was made of is another thing now, or gone.
      await rm(join(sources.folder, "local.yaml"));
      await writeFile(path, "nothing that could be read");
      const remotes = new Set<number>();
      const end = performance.now() + WATCHED_MS;
      for (let index = 0; performance.now() < end; index++) {
        if (index < 5) await create(`thing-${index}`);
        for (const { localPort, remotePort } of await connectionsOf(ork.pid)) {
          if (localPort !== view) remotes.add(remotePort);
        }
        await Bun.sleep(50);
      }
      expect([...remotes]).toEqual([api]);
      expect(server.seen).toHaveLength(asked);
      expect(await made("thing-4")).toEqual({ text: "thing-4" });
      expect((await ork.view("/katalog")).body["digest"]).toBe(digest);
    }, 60_000);

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
