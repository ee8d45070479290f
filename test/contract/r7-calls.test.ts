/**
 * R7 for calls to outside services at a deletion: the custom resource stays until they are good, whatever
 * the service does, whatever kills the process in between, and nobody reads what they were sent.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf } from "../support/namespaced-objects.ts";
import { orkOnce } from "../support/ork-process.ts";
import { FINALIZER, Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

const TOKEN = "s3cret-of-the-billing";
const HEADER = "h3ader-of-the-billing";

interface Call {
  readonly method: string;
  readonly path: string;
  readonly name: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Behaviour = (response: ServerResponse, call: Call) => void;

const answer =
  (status: number, body = ""): Behaviour =>
  (response) =>
    void response.writeHead(status).end(body);

/** By the text of the custom resource: what the service does at first, and what its custom resource says of it. */
const FAULTS: Readonly<Record<string, { readonly does: Behaviour; readonly told: RegExp }>> = {
  "500": {
    does: (response) =>
      answer(500, `{"error":"not for ${TOKEN} of ${HEADER}"}`)(response, {} as Call),
    told: /^Cannot call "bill": 127\.0\.0\.1:\d+ answered 500, not for … of …$/,
  },
  "404": { does: answer(404, "who is that"), told: /answered 404, who is that$/ },
  slow: { does: () => {}, told: /^Cannot call "bill": it did not answer within 700 ms$/ },
  drip: {
    does: (response) => void response.writeHead(200).write("{"),
    told: /it did not answer within 700 ms$/,
  },
  reset: {
    does: (response) => void response.socket?.destroy(),
    told: /^Cannot call "bill" at 127\.0\.0\.1:\d+: /,
  },
  redirect: {
    does: (response) => void response.writeHead(307, { location: "/stolen" }).end(),
    told: /answered 307, a redirect, which is not followed/,
  },
};

describeWithServer("calls at a deletion", {
  tests(cluster) {
    const calls: Call[] = [];
    /** What the service does for a custom resource of that name. */
    const behaviours = new Map<string, Behaviour>();
    let server: Server;
    let stage: Stage;

    beforeAll(async () => {
      server = createServer((request, response) => void respond(request, response));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const at = `http://127.0.0.1:${port}`;
      const external = [
        {
          name: "find",
          url: `${at}/find/{{ .metadata.name }}`,
          query: { text: "{{ .spec.text }}" },
          expectedStatus: [200, 404],
          when: [{ field: "spec.text", notEquals: "alone" }],
        },
        {
          name: "bill",
          url: `${at}/bill/{{ .metadata.name }}`,
          method: "POST",
          headers: { "X-Team": HEADER },
          body: { found: "{{ .external.find.id }}", was: "{{ .external.find.status }}" },
          auth: { secretRef: { name: "billing", key: "token" } },
          timeout: "700ms",
        },
        {
          name: "steered",
          url: "{{ .spec.text }}",
          when: [{ field: "spec.text", prefix: "http" }],
        },
      ];
      const job = { name: "{{ .metadata.name }}-last", data: { id: "{{ .external.find.id }}" } };
      stage = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget"),
          gadget: box("Gadget", {
            reconcile: { onDelete: { external, configMaps: [job] }, resync: "1s" },
          }),
        },
      });
      await stage.createSecret("billing", TOKEN);
      await stage.start();
    }, 60_000);
    afterAll(async () => {
      await stage?.[Symbol.asyncDispose]();
      server?.closeAllConnections();
      server?.close();
    });
    beforeEach(() => {
      calls.length = 0;
    });

    async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      const { method = "", url = "", headers } = request;
      const [, path = "", name = ""] = /^\/(\w+)\/?([\w-]*)/.exec(url) ?? [];
      const call = { method, path, name, headers, body };
      calls.push(call);
      if (path === "find") answer(200, `{"id":"id-of-${name}"}`)(response, call);
      else (behaviours.get(name) ?? answer(204))(response, call);
    }

    const read = (name: string) => stage.objects.find(`Gadget/${name}`);
    const messageOf = async (name: string) => conditionOf(await read(name), "Ready")?.message ?? "";
    const madeFor = (name: string, path: string) =>
      calls.filter((call) => call.name === name && call.path === path);
    const create = async (name: string, spec: object) => {
      await stage.create("Gadget", name, spec);
      await eventually(
        `${name} has the finalizer`,
        async () => (await read(name))?.metadata.finalizers?.includes(FINALIZER) ?? false,
      );
    };
    const untilGone = (name: string) =>
      eventually(`${name} is gone`, async () => (await read(name)) === undefined, {
        timeoutMs: 20_000,
      });

    test("calls are made at the deletion and not before, once each, with what the ones before gave", async () => {
      await create("calm", { text: "calm" });
      await stage.untilQuiet("gadget");
      expect(calls).toEqual([]);
      await stage.delete("Gadget", "calm");
      await untilGone("calm");
      expect(calls.map(({ method, path, name }) => [method, path, name])).toEqual([
        ["GET", "find", "calm"],
        ["POST", "bill", "calm"],
      ]);
      const [, bill] = calls;
      expect(JSON.parse(bill?.body ?? "")).toEqual({ found: "id-of-calm", was: "200" });
      expect(bill?.headers).toMatchObject({
        authorization: `Bearer ${TOKEN}`,
        "x-team": HEADER,
        "content-type": "application/json",
      });
    }, 60_000);

    test("a call whose conditions do not hold is not made", async () => {
      await create("alone", { text: "alone" });
      await stage.delete("Gadget", "alone");
      await untilGone("alone");
      expect(calls.map(({ path }) => path)).toEqual(["bill"]);
      expect(JSON.parse(calls[0]?.body ?? "")).toEqual({ was: "" });
    }, 60_000);

    test.each(Object.keys(FAULTS))(
      "a service that does this at a deletion: %s, keeps the custom resource until it is good again",
      async (fault) => {
        const name = `fault-${fault}`;
        behaviours.set(name, FAULTS[fault]!.does);
        await create(name, { text: fault });
        await stage.delete("Gadget", name);
        await eventually(
          `${name} is told`,
          async () => FAULTS[fault]!.told.test(await messageOf(name)),
          { timeoutMs: 20_000 },
        );
        expect(conditionOf(await read(name), "Ready")).toMatchObject({
          status: "False",
          reason: "CleanupFailed",
        });
        await eventually("it is called again", async () => madeFor(name, "bill").length >= 3);
        expect((await read(name))?.metadata.finalizers).toContain(FINALIZER);
        // What comes behind the calls waits, and the one that was good is not repeated.
        expect(await stage.objects.find(`ConfigMap/${name}-last`)).toBeUndefined();
        expect(madeFor(name, "find")).toHaveLength(1);
        expect(calls.some(({ path }) => path === "stolen")).toBe(false);
        behaviours.delete(name);
        await untilGone(name);
      },
      60_000,
    );

    test("a process that is killed between two calls leaves them to the next, which makes them again", async () => {
      behaviours.set("killed", answer(503));
      await create("killed", { text: "killed" });
      await stage.delete("Gadget", "killed");
      await eventually("it was called", async () => madeFor("killed", "bill").length >= 1);
      await stage.kill();
      expect((await read("killed"))?.metadata.finalizers).toContain(FINALIZER);
      calls.length = 0;
      behaviours.delete("killed");
      await stage.start();
      await untilGone("killed");
      expect(madeFor("killed", "find")).toHaveLength(1);
      expect(madeFor("killed", "bill")).toHaveLength(1);
    }, 60_000);

    test("a credential that is missing keeps the custom resource, and is used as soon as it is there", async () => {
      const path = `/api/v1/namespaces/${stage.namespace}/secrets/billing`;
      await cluster().json("DELETE", path);
      await create("unknown", { text: "unknown" });
      await stage.delete("Gadget", "unknown");
      await eventually("it is told", async () =>
        /^Cannot read the credential of the call "bill": there is no Secret/.test(
          await messageOf("unknown"),
        ),
      );
      expect(madeFor("unknown", "bill")).toEqual([]);
      await stage.createSecret("billing", TOKEN);
      await untilGone("unknown");
      expect(madeFor("unknown", "bill")).toHaveLength(1);
    }, 60_000);

    test.each([
      ["http://127.0.0.1:1/", /its address 127\.0\.0\.1 is loopback/],
      ["http://169.254.169.254/latest", /plain http to 169\.254\.169\.254 leaves the cluster/],
      ["https://169.254.169.254/latest", /its address 169\.254\.169\.254 is link-local/],
      ["https://10.0.0.1/", /its address 10\.0\.0\.1 is private/],
    ])(
      "data does not steer a call to %s",
      async (url, told) => {
        const name = `steered-${Bun.hash(url).toString(36)}`;
        await create(name, { text: url });
        await stage.delete("Gadget", name);
        await eventually("it is told", async () => told.test(await messageOf(name)));
        await stage.edit("Gadget", name, { spec: { text: "x" } });
        await untilGone(name);
      },
      60_000,
    );

    test("nobody reads what a service was sent, and calls are counted by how they ended", async () => {
      behaviours.set("secretive", FAULTS["500"]!.does);
      await create("secretive", { text: "secretive" });
      await stage.delete("Gadget", "secretive");
      await eventually("it is told", async () => /answered 500/.test(await messageOf("secretive")));
      const said = async () => stage.ork.stderr.includes("Cannot call");
      await eventually("the log says so", said);
      const { url } = stage.ork;
      const paths = ["/katalog/raw", `/katalog/gadget/cr/${stage.namespace}/secretive`];
      const views = await Promise.all(
        [...paths, `${paths[1]}/why`, `${paths[1]}/events`].map(async (path) =>
          (await fetch(`${url}${path}`)).text(),
        ),
      );
      const events = await cluster().json("GET", `/api/v1/namespaces/${stage.namespace}/events`);
      const shown = [...views, JSON.stringify(events), stage.ork.stderr].join("\n");
      expect(shown).toContain('Cannot call \\"bill\\"');
      expect(shown).not.toContain(TOKEN);
      expect(shown).not.toContain(HEADER);
      behaviours.delete("secretive");
      await untilGone("secretive");
      const text = await (await fetch(`${url}/metrics`)).text();
      for (const result of ["answered", "unwell"]) {
        const line = `orkestra_external_calls_total{crd="gadget",result="${result}"} `;
        expect(Number(text.split(line)[1]?.split("\n")[0] ?? 0)).toBeGreaterThan(0);
      }
    }, 60_000);

    test("a plan tells of the calls and makes none, and the rights name the Secret", async () => {
      behaviours.set("planned", answer(503));
      await create("planned", { text: "planned" });
      await stage.delete("Gadget", "planned");
      await eventually("it was called", async () => madeFor("planned", "bill").length >= 1);
      await stage.kill();
      calls.length = 0;
      const { stdout } = await orkOnce([
        ...["plan", "-f", stage.entryFolder, "--kubeconfig", cluster().kubeconfig("operator")],
      ]);
      expect(stdout).toContain('At a deletion, "bill" is called (POST), which a plan does not do');
      expect(calls).toEqual([]);
      const rbac = await orkOnce(["rbac", "-f", stage.entryFolder]);
      expect(rbac.stdout).toMatch(/resourceNames:\s*(- |\[)"?billing/);
      behaviours.delete("planned");
      await stage.start();
      await untilGone("planned");
    }, 60_000);
  },
});
