/**
 * R8 and R9 for services that are asked over HTTP: what one answers is made so like any other child,
 * and whatever it does instead, its custom resource says so and nobody else feels it.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf, type KubeObject } from "../support/namespaced-objects.ts";
import { FINALIZER, Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

const TIMEOUT_MS = 1_000;
const TOKEN = "s3cret-of-the-remote";
const CONFIG_MAPS = { apiVersion: "v1", kind: "ConfigMap" };

interface Question {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly key: string;
    readonly gvk: object;
    readonly args: object;
    readonly object: {
      readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
      readonly spec: { readonly text: string };
    };
    readonly prepared: { readonly children: Record<string, Record<string, object>> };
  };
}

type Behaviour = (response: ServerResponse, question: Question) => void;

function answer(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function made({ body: { object } }: Question) {
  const { name } = object.metadata;
  return [
    { ...CONFIG_MAPS, metadata: { name: `${name}-whole` }, data: { text: object.spec.text } },
    { type: "configMaps", fields: { name: `${name}-short`, data: { text: object.spec.text } } },
  ];
}

const calm: Behaviour = (response, question) =>
  answer(response, { result: "ok", status: { phase: "Made" }, resources: made(question) });

/** By the text of the custom resource: what the remote does, and what its custom resource says of it. */
const FAULTS: Readonly<Record<string, { readonly does: Behaviour; readonly told: RegExp }>> = {
  error: {
    does: (response) => answer(response, { result: "error", error: `no quota for ${TOKEN}` }),
    told: /^The remote reports an error: no quota for …$/,
  },
  slow: {
    does: () => {},
    told: /it did not answer within 1000 ms$/,
  },
  drip: {
    does: (response) => void response.writeHead(200).write('{"result":'),
    told: /it did not answer within 1000 ms$/,
  },
  "500": {
    does: (response) => answer(response, { error: "out of order" }, 500),
    told: /it answered 500, out of order$/,
  },
  "403": {
    does: (response) => answer(response, { error: `not you, ${TOKEN}` }, 403),
    told: /it answered 403, not you, …$/,
  },
  reset: {
    does: (response) => void response.socket?.destroy(),
    told: /^Cannot reach the remote /,
  },
  redirect: {
    does: (response) => void response.writeHead(307, { location: "/stolen" }).end(),
    told: /it redirects, which is not followed/,
  },
  "no JSON": { does: (response) => void response.end("<html>"), told: /: it is no JSON$/ },
  nonsense: {
    does: (response) => answer(response, { result: "fine" }),
    told: /its result is the text "fine", expected ok, requeue or error$/,
  },
  "too large": {
    does: (response) => answer(response, { result: "ok", status: { a: "x".repeat(2 ** 20) } }),
    told: /it is larger than 1048576 bytes$/,
  },
  unmanaged: {
    does: (response, question) => {
      const secret = { type: "secrets", fields: { name: "taken", data: { a: "b" } } };
      const resources = [...made(question), secret];
      answer(response, { result: "ok", status: { phase: "Taken" }, resources });
    },
    told: /^Cannot touch Secret of "v1": managedResources does not name it/,
  },
};

describeWithServer("remote", {
  tests(cluster) {
    const questions: Question[] = [];
    /** What it does at a deletion. */
    let atDeletion: Behaviour = (response) => answer(response, { result: "ok" });
    let server: Server;
    let stage: Stage;

    beforeAll(async () => {
      server = createServer((request, response) => void respond(request, response));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const remote = {
        endpoint: `http://127.0.0.1:${port}/{{ .metadata.name }}`,
        timeout: `${TIMEOUT_MS}ms`,
        auth: { secretRef: { name: "remote", key: "token" } },
        args: { shout: "{{ .spec.text | toUpper }}" },
        managedResources: [CONFIG_MAPS],
      };
      stage = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget"),
          gadget: box("Gadget", { reconcile: { remote, resync: "1s" } }),
        },
      });
      await stage.createSecret("remote", TOKEN);
      await stage.start();
      await stage.create("Widget", "widget", { text: "0", items: ["a"] });
      await stage.untilConverged();
    }, 60_000);
    afterAll(async () => {
      await stage?.[Symbol.asyncDispose]();
      server?.closeAllConnections();
      server?.close();
    });
    beforeEach(() => {
      questions.length = 0;
    });

    async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
      let text = "";
      for await (const chunk of request.setEncoding("utf8")) text += chunk;
      const body = JSON.parse(text) as Question["body"];
      const { authorization } = request.headers;
      const question = { path: request.url ?? "", authorization, body };
      questions.push(question);
      const { metadata, spec } = body.object;
      if (metadata.deletionTimestamp) atDeletion(response, question);
      else (FAULTS[spec.text]?.does ?? BEHAVIOURS[spec.text] ?? calm)(response, question);
    }

    const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
      none: (response) => answer(response, { result: "ok", resources: [] }),
      requeue: (response) =>
        answer(response, { result: "requeue", requeueAfter: "50ms", status: { phase: "Waiting" } }),
    };

    const read = (name: string) => stage.objects.find(`Gadget/${name}`);
    const readyOf = (object: KubeObject | undefined) => object && conditionOf(object, "Ready");
    const maps = async (name: string) =>
      (await stage.objects.list("ConfigMap"))
        .filter(({ metadata }) => metadata.name.startsWith(`${name}-`))
        .map(({ metadata, data }) => `${metadata.name}=${data.text}`)
        .sort();
    const untilReady = (name: string, status = "True") =>
      eventually(
        `${name} has Ready=${status}`,
        async () => readyOf(await read(name))?.status === status,
        { timeoutMs: 20_000 },
      );

    test("what a remote answers is made so, kept so, and taken away when it is listed no more", async () => {
      await stage.create("Gadget", "calm", { text: "calm" });
      await untilReady("calm");
      expect(await maps("calm")).toEqual(["calm-short=calm", "calm-whole=calm"]);
      expect((await read("calm"))?.["status"].phase).toBe("Made");
      const [first] = questions;
      expect(first).toMatchObject({
        path: "/calm",
        authorization: `Bearer ${TOKEN}`,
        body: {
          key: `${stage.namespace}/calm`,
          gvk: { group: "contract.orkestra.dev", version: "v1", kind: "Gadget" },
          args: { shout: "CALM" },
          prepared: { children: {} },
        },
      });
      await stage.objects.delete("ConfigMap/calm-whole");
      await eventually("it is back", async () => (await maps("calm")).length === 2);
      await eventually(
        "the remote is told of its children",
        async () =>
          questions.at(-1)?.body.prepared.children["configMaps"]?.["calm-short"] !== undefined,
      );
      stage.takeWrites();
      const asked = questions.length;
      await eventually("two resyncs", async () => questions.length >= asked + 2);
      expect(stage.takeWrites()).toEqual([]);
      await stage.edit("Gadget", "calm", { spec: { text: "none" } });
      await eventually("they are gone", async () => (await maps("calm")).length === 0);
    }, 60_000);

    test("a remote that is not done is asked again when it says, is not ready, and keeps its children", async () => {
      await stage.create("Gadget", "later", { text: "requeue" });
      await eventually("it was asked ten times", async () => questions.length >= 10, {
        timeoutMs: 8_000,
      });
      const UNDONE = {
        status: "False",
        reason: "Progressing",
        message: "the remote is not done yet, asked again in 50ms",
      };
      expect((await read("later"))?.["status"].phase).toBe("Waiting");
      expect(readyOf(await read("later"))).toMatchObject(UNDONE);
      await stage.edit("Gadget", "later", { spec: { text: "calm" } });
      await eventually("it is made", async () => (await maps("later")).length === 2);
      await untilReady("later");
      await stage.edit("Gadget", "later", { spec: { text: "requeue" } });
      await untilReady("later", "False");
      expect(readyOf(await read("later"))).toMatchObject(UNDONE);
      expect(await maps("later")).toEqual(["later-short=calm", "later-whole=calm"]);
      await stage.edit("Gadget", "later", { spec: { text: "calm" } });
      await untilReady("later");
    }, 60_000);

    test.each(Object.keys(FAULTS))(
      "a remote that does this: %s, is told in its custom resource, makes nothing, and harms no other",
      async (fault) => {
        const name = `fault-${fault.toLowerCase().replaceAll(" ", "-")}`;
        await stage.create("Gadget", name, { text: fault });
        await eventually(
          `${name} is told`,
          async () => FAULTS[fault]!.told.test(readyOf(await read(name))?.message ?? ""),
          { timeoutMs: 20_000 },
        );
        await stage.edit("Widget", "widget", { spec: { text: name } });
        await stage.untilConverged(1_500);
        expect(await maps(name)).toEqual([]);
        expect((await read(name))?.["status"].phase).toBeUndefined();
        expect(questions.some(({ path }) => path === "/stolen")).toBe(false);
        expect(JSON.stringify(await read(name))).not.toContain(TOKEN);
        expect(stage.ork.stderr).not.toContain(TOKEN);
        await stage.edit("Gadget", name, { spec: { text: "calm" } });
        await untilReady(name);
        expect(await maps(name)).toHaveLength(2);
      },
      60_000,
    );

    test("children stay while their remote fails, and it is asked again until it answers", async () => {
      await stage.create("Gadget", "stays", { text: "calm" });
      await untilReady("stays");
      await stage.edit("Gadget", "stays", { spec: { text: "500" } });
      await untilReady("stays", "False");
      expect(await maps("stays")).toEqual(["stays-short=calm", "stays-whole=calm"]);
      const asked = questions.length;
      await eventually("it is asked again", async () => questions.length > asked + 2);
    }, 60_000);

    test("a custom resource goes when its remote answers ok to its deletion, and not before", async () => {
      await stage.create("Gadget", "goes", { text: "calm" });
      await untilReady("goes");
      atDeletion = (response) => answer(response, { error: "not now" }, 503);
      questions.length = 0;
      await stage.delete("Gadget", "goes");
      // The first may be of a pass that was under way, and others are asked about, too.
      const asked = () =>
        questions.filter(({ body: { object } }) => {
          const { name, deletionTimestamp } = object.metadata;
          return name === "goes" && deletionTimestamp !== undefined;
        }).length;
      await eventually("it was asked", async () => asked() >= 3);
      atDeletion = (response) => answer(response, { result: "requeue", requeueAfter: "100ms" });
      const before = asked();
      await eventually("it was asked again", async () => asked() >= before + 3);
      expect((await read("goes"))?.metadata.finalizers).toContain(FINALIZER);
      atDeletion = (response) => answer(response, { result: "ok" });
      await eventually("it is gone", async () => (await read("goes")) === undefined);
    }, 60_000);

    test("questions are counted by how they ended", async () => {
      const text = await (await fetch(`${stage.ork.url}/metrics`)).text();
      for (const result of ["answered", "timeout", "unwell", "refused", "unreachable"]) {
        const line = `orkestra_remote_calls_total{crd="gadget",result="${result}"} `;
        expect(Number(text.split(line)[1]?.split("\n")[0] ?? 0)).toBeGreaterThan(0);
      }
    });
  },
});
