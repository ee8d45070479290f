import { expect, test } from "bun:test";
import type { ExternalAnswer, ExternalRequest } from "../../../src/hook/external-call.ts";
import { RemoteError } from "../../../src/hook/remote-error.ts";
import type { ExternalCall } from "../../../src/katalog/resolved.ts";
import type { JsonObject } from "../../../src/std/json.ts";
import { child, Harness, type HarnessOptions, JOB, SECRET, WEBSITE, when } from "./harness.ts";

const FINALIZER = "orkestra.orkspace.io/cleanup";
const TOKEN = "s3cret-token";

function callOf(name: string, more: Partial<ExternalCall> = {}): ExternalCall {
  return {
    id: `onDelete.external[0]`,
    name,
    url: "https://billing.example.com/v1/{{ .metadata.name }}",
    query: {},
    method: "DELETE",
    headers: {},
    timeoutMs: 10_000,
    expectedStatus: ["2xx"],
    continueOnError: false,
    retryBackoffMs: [],
    ...more,
  };
}

const answered = (status: number, text = "", more: Partial<ExternalAnswer> = {}) => ({
  status,
  text,
  isCut: false,
  seconds: 0.25,
  ...more,
});

const failed = (status = 503) =>
  answered(status, "", {
    error: new RemoteError("unwell", `Cannot call "it": host answered ${status}`),
  });

type Answer = ExternalAnswer | ((request: ExternalRequest) => ExternalAnswer);

interface More extends HarnessOptions {
  readonly calls: readonly ExternalCall[];
  readonly env?: Readonly<Record<string, string>>;
  readonly allowHttp?: boolean;
}

/** A box whose services answer what the test says; the last answer again and again. */
function boxWith(
  answers: readonly Answer[],
  { calls, env = {}, allowHttp = false, ...more }: More,
) {
  const made: ExternalRequest[] = [];
  const box = new Harness({
    ...more,
    onDelete: { ...more.onDelete, external: calls },
    external: {
      allowHttp,
      variable: (name) => env[name],
      async call(request) {
        made.push(request);
        const answer = answers[Math.min(made.length, answers.length) - 1]!;
        return typeof answer === "function" ? answer(request) : answer;
      },
    },
  });
  return { box, made };
}

/** It is there, and somebody deletes it. */
function deleted(box: Harness, spec: JsonObject = {}) {
  box.create(spec, { finalizers: [FINALIZER] });
  box.kube.edit(WEBSITE, "shop", ({ metadata }) => {
    metadata.deletionTimestamp = new Date(box.nowMs).toISOString();
  });
}

const isGone = (box: Harness) => box.kube.read(WEBSITE, "shop") === undefined;

test("a call is made with what its templates give, and then the custom resource goes", async () => {
  const { box, made } = boxWith([answered(204)], {
    calls: [
      callOf("bill", {
        query: { team: "{{ .spec.team }}", none: "{{ .spec.none }}", tag: ["a", "b"] },
        headers: { "X-Team": "{{ .spec.team }}", "X-None": "{{ .spec.none }}" },
        body: { name: "{{ .metadata.name }}", size: "{{ .spec.size }}" },
        credential: { kind: "variable", name: "TOKEN" },
      }),
    ],
    env: { TOKEN },
  });
  deleted(box, { team: "blue-team", size: 3 });
  expect((await box.reconcile()).kind).toBe("settled");
  expect(isGone(box)).toBe(true);
  expect(made).toHaveLength(1);
  const [{ url, method, headers, body, reach, timeoutMs, secrets }] = made as [ExternalRequest];
  expect(url.href).toBe("https://billing.example.com/v1/shop?team=blue-team&tag=a&tag=b");
  expect({ method, body, reach, timeoutMs }).toEqual({
    method: "DELETE",
    body: '{"name":"shop","size":3}',
    reach: "inside",
    timeoutMs: 10_000,
  });
  expect(headers).toMatchObject({
    "x-team": "blue-team",
    "content-type": "application/json",
    authorization: `Bearer ${TOKEN}`,
  });
  expect(headers).not.toHaveProperty("x-none");
  expect(secrets).toContain(TOKEN);
});

test("a call that fails keeps the custom resource, is told, and is made again", async () => {
  const { box, made } = boxWith([failed(), failed(), answered(200)], { calls: [callOf("bill")] });
  deleted(box);
  const first = await box.reconcile();
  expect(first).toMatchObject({ kind: "retry", error: { code: "unwell" } });
  expect(box.website.metadata.finalizers).toEqual([FINALIZER]);
  expect(box.condition()).toMatchObject({
    status: "False",
    reason: "CleanupFailed",
    message: 'Cannot call "it": host answered 503',
  });
  expect(box.events.map(({ reason }) => reason)).toContain("WebsiteDeleteError");
  await box.reconcile();
  expect(isGone(box)).toBe(false);
  await box.reconcile();
  expect(isGone(box)).toBe(true);
  expect(made).toHaveLength(3);
});

test("calls that were good are not repeated in the same process, and are in a new one", async () => {
  const answers = [answered(200), failed(), answered(200)];
  const calls = [callOf("first"), callOf("second")];
  const { box, made } = boxWith(answers, { calls });
  deleted(box);
  await box.reconcile();
  expect(made.map(({ name }) => name)).toEqual(["first", "second"]);
  const again = boxWith([failed()], { calls, kube: box.kube });
  await again.box.reconcile();
  expect(again.made.map(({ name }) => name)).toEqual(["first"]);
  await box.reconcile();
  expect(made.map(({ name }) => name)).toEqual(["first", "second", "second"]);
  expect(isGone(box)).toBe(true);
});

test("calls come before what onDelete makes and deletes, which reads what they gave", async () => {
  const job = child("jobs", {
    name: "export",
    image: "x",
    args: ["{{ .external.bill.invoice.id }}"],
  });
  const { box, made } = boxWith([failed(), answered(200, '{"invoice":{"id":"i-7"}}')], {
    calls: [callOf("bill")],
    onDelete: { groups: [{ steps: [{ kind: "run", entry: { ...job, name: "export" } }] }] },
  });
  deleted(box);
  await box.reconcile();
  expect(box.kube.read(JOB, "export")).toBeUndefined();
  await box.reconcile();
  const made2 = box.kube.read(JOB, "export") as unknown as JsonObject;
  expect(JSON.stringify(made2["spec"])).toContain('"args":["i-7"]');
  expect(made).toHaveLength(2);
  // It waits for the Job now, and calls nobody again.
  await box.reconcile();
  expect(made).toHaveLength(2);
});

test("a later call sees the results of the ones before it, also in its when", async () => {
  const calls = [
    callOf("a"),
    callOf("b", { when: when("external.a.status", "404") }),
    callOf("c", {
      when: when("external.b.called", "false"),
      body: "{{ .external.a.status }} {{ .external.a.statusCode }} {{ .external.a.id }} {{ .external.a.durationSeconds }} {{ .external.b.status }}.",
    }),
  ];
  const { box, made } = boxWith([answered(200, '{"id":"x1","status":"mine"}')], { calls });
  deleted(box);
  await box.reconcile();
  expect(made.map(({ name }) => name)).toEqual(["a", "c"]);
  expect(made[1]!.body).toBe("200 200 x1 0.25 .");
  expect(made[1]!.headers["content-type"]).toBe("text/plain; charset=utf-8");
});

test("continueOnError goes on, tells it once, and leaves the error to later calls", async () => {
  const calls = [
    callOf("a", { continueOnError: true }),
    callOf("b", { body: "{{ .external.a.status }}: {{ .external.a.error }}" }),
  ];
  const { box, made } = boxWith([failed(500), answered(200)], { calls });
  deleted(box);
  expect((await box.reconcile()).kind).toBe("settled");
  expect(made[1]!.body).toBe('500: Cannot call "it": host answered 500');
  expect(isGone(box)).toBe(true);
  expect(box.events.map(({ message }) => message)).toContain(
    'Cleanup goes on: Cannot call "it": host answered 500',
  );
});

interface Refusal {
  readonly call: Partial<ExternalCall>;
  readonly spec: JsonObject;
  readonly why: RegExp;
}

const URL_OF_DATA = { url: "{{ .spec.x }}" };

test.each<[string, Refusal]>([
  ["another scheme", { call: URL_OF_DATA, spec: { x: "ftp://a.io" }, why: /expected https/ }],
  ["no URL", { call: URL_OF_DATA, spec: { x: "" }, why: /its url is no URL/ }],
  ["plain http", { call: URL_OF_DATA, spec: { x: "http://a.io" }, why: /without encryption/ }],
  [
    "a method",
    { call: { method: "{{ .spec.x }}" }, spec: { x: "BREW" }, why: /its method is none of GET/ },
  ],
  [
    "a header",
    {
      call: { headers: { A: "{{ .spec.x }}" } },
      spec: { x: "a\nB: c" },
      why: /holds what no header can/,
    },
  ],
])(
  "what data makes of %s is refused, and the custom resource stays",
  async (_, { call, spec, why }) => {
    const { box, made } = boxWith([answered(200)], { calls: [callOf("a", call)] });
    deleted(box, spec);
    expect((await box.reconcile()).kind).toBe("stuck");
    expect(box.condition()?.["message"]).toMatch(why);
    expect(made).toEqual([]);
  },
);

test.each([
  ["https://billing.example.com/{{ .spec.x }}", "inside"],
  ["http://{{ .metadata.name }}.{{ .metadata.namespace }}.svc:8080/x", "inside"],
  ["https://{{ .spec.host }}/x", "public"],
  ["{{ .spec.url }}", "public"],
  ["https://{{ .spec.host }}.svc/x", "public"],
])("the host of %s is reached as %s", async (url, reach) => {
  const { box, made } = boxWith([answered(200)], { calls: [callOf("a", { url })] });
  deleted(box, { host: "evil.io/", url: "https://evil.io", x: "y" });
  await box.reconcile();
  expect(made.map((one) => one.reach)).toEqual([reach as "inside"]);
});

test("a credential of a Secret is read from the namespace, and its absence keeps the custom resource", async () => {
  const auth = {
    source: { kind: "secret", name: "billing", key: "token" },
    header: "X-Key",
  } as const;
  const { box, made } = boxWith([answered(200)], {
    calls: [callOf("a", { credential: { kind: "auth", auth } })],
  });
  deleted(box);
  expect(await box.reconcile()).toMatchObject({ kind: "retry", error: { code: "credential" } });
  expect(box.condition()?.["message"]).toBe(
    'Cannot read the credential of the call "a": there is no Secret "default/billing"',
  );
  box.kube.put(SECRET, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "billing", namespace: "default" },
    data: { token: Buffer.from(TOKEN).toString("base64") },
  });
  await box.reconcile();
  expect(made[0]!.headers["x-key"]).toBe(TOKEN);
  expect(made[0]!.secrets).toContain(TOKEN);
  expect(isGone(box)).toBe(true);
});

test("retryBackoff says how long the first retries wait", async () => {
  const calls = [callOf("a", { retryBackoffMs: [1_000, 3_000] })];
  const { box } = boxWith([failed()], { calls });
  deleted(box);
  const waits = [];
  for (let pass = 0; pass < 3; pass++) {
    const outcome = await box.reconcile();
    waits.push((outcome as { error?: { retryAfterMs?: number } }).error?.retryAfterMs);
  }
  expect(waits).toEqual([1_000, 3_000, undefined]);
});

test("past the timeout of onDelete a call still fails, and a warning says so", async () => {
  const { box } = boxWith([failed()], { calls: [callOf("a")], onDelete: { timeoutMs: 1_000 } });
  deleted(box);
  box.nowMs += 2_000;
  await box.reconcile();
  expect(box.events.map(({ message }) => message)).toContain(
    'Cleanup is not complete after its timeout, the finalizer stays: Cannot call "it": host answered 503',
  );
});

test("no call is made while the conditions of onDelete do not hold", async () => {
  const { box, made } = boxWith([answered(200)], {
    calls: [callOf("a")],
    onDelete: { when: when("spec.tell", "yes") },
  });
  deleted(box, { tell: "no" });
  await box.reconcile();
  expect(made).toEqual([]);
  expect(isGone(box)).toBe(true);
});

test("a condition that cannot be decided keeps the custom resource", async () => {
  const { box, made } = boxWith([answered(200)], {
    calls: [callOf("a", { when: when("{{ index .spec.list 9 }}", "x") })],
  });
  deleted(box, { list: [1] });
  const outcome = await box.reconcile();
  expect(outcome.kind).toBe("stuck");
  expect(box.condition()?.["message"]).toMatch(/^Cannot decide whether to call "a": /);
  expect(made).toEqual([]);
});
