import { expect, test } from "bun:test";
import { resolve } from "../../../src/resolve/resolve.ts";
import { memoryFiles } from "./memory-files.ts";

const katalog = (onDelete: string, more = "") => `
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: k }
spec:
  crds:
    thing:
      apiTypes: { group: g.io, version: v1, kind: Thing, plural: things }
      operatorBox:
        reconcile:
          onDelete: ${onDelete}
${more}
`;

function resolved(onDelete: string, { more = "", allowHttp = false } = {}) {
  const files = memoryFiles({ "k/katalog.yaml": katalog(onDelete, more) });
  return resolve({ paths: ["k/katalog.yaml"], env: {}, files, web: { allowHttp } });
}

const call = (rest: string) => `{ external: [{ name: a, ${rest} }] }`;

async function callsOf(onDelete: string) {
  const result = await resolved(onDelete);
  if (result.kind !== "resolved") throw new Error(JSON.stringify(result.issues));
  return result.katalog.crds[0]?.box.onDelete.external;
}

test("resolve() takes a call with its defaults", async () => {
  expect(await callsOf(call("url: 'https://a.io/{{ .metadata.name }}'"))).toEqual([
    {
      id: "onDelete.external[0]",
      name: "a",
      url: "https://a.io/{{ .metadata.name }}",
      query: {},
      method: "GET",
      headers: {},
      timeoutMs: 10_000,
      expectedStatus: ["2xx"],
      continueOnError: false,
      retryBackoffMs: [],
    },
  ]);
});

test("resolve() takes all fields of a call", async () => {
  const [one] = (await callsOf(
    call(
      "url: 'http://billing.shop.svc/v1', protocol: http, query: { x: 1, y: [a, b] }, method: post, headers: { X-A: 2, content-type: a/b }, body: { n: '{{ .metadata.name }}' }, auth: { secretRef: { name: s, key: k }, header: X-Key }, timeout: 3s, expectedStatus: [200, 4XX], continueOnError: true, retryBackoff: { initial: 1s, maxAttempts: 3 }, when: [{ field: spec.x, equals: y }]",
    ),
  )) as [object];
  expect(one).toMatchObject({
    query: { x: 1, y: ["a", "b"] },
    method: "POST",
    headers: { "X-A": 2, "content-type": "a/b" },
    body: { n: "{{ .metadata.name }}" },
    credential: {
      kind: "auth",
      auth: { source: { kind: "secret", name: "s", key: "k" }, header: "X-Key" },
    },
    timeoutMs: 3_000,
    expectedStatus: ["200", "4xx"],
    continueOnError: true,
    retryBackoffMs: [1_000, 2_000, 4_000],
    when: [{ field: "spec.x", operator: "equals", operand: "y", isNegated: false }],
  });
});

test.each([
  ["$TOKEN", { kind: "variable", name: "TOKEN" }],
  ["$" + "{TOKEN}", { kind: "variable", name: "TOKEN" }],
  ["{{ .spec.token }}", { kind: "token", token: "{{ .spec.token }}" }],
])("resolve() reads the token %s", async (token, credential) => {
  const [one] = (await callsOf(call(`url: 'https://a.io', token: '${token}'`))) as [object];
  expect(one).toMatchObject({ credential });
});

test("a Katalog without calls resolves to what it did before there were any", async () => {
  const [none, empty] = [await resolved("{}"), await resolved("{ external: [] }")];
  if (none.kind !== "resolved" || empty.kind !== "resolved") throw new Error("not resolved");
  expect(none.katalog.crds[0]?.box.onDelete).toEqual({ groups: [], timeoutMs: 300_000 });
  expect(empty.digest).toBe(none.digest);
});

test("resolve() lets plain http leave the cluster where the user allows it", async () => {
  const onDelete = call("url: 'http://a.io/'");
  expect((await resolved(onDelete)).kind).toBe("failed");
  expect((await resolved(onDelete, { allowHttp: true })).issues).toEqual([]);
});

test.each([
  ["http://billing.shop.svc:8080/x"],
  ["http://localhost:80"],
  ["https://{{ .spec.host }}/"],
  ["{{ .spec.url }}"],
])("resolve() takes the url %s", async (url) => {
  expect((await resolved(call(`url: '${url}'`))).issues).toEqual([]);
});

test.each([
  ["method: GET", "url"],
  ["url: 'ftp://a.io'", 'its url is "ftp:", expected https'],
  ["url: 'https://me:word@a.io'", "a credential stands in the URL"],
  ["url: 'billing'", "its url is no URL"],
  ["url: '{{ .spec.u }}', token: $T", "to a host that a template decides"],
  ["url: 'https://{{ .spec.u }}/', auth: { env: T }", "to a host that a template decides"],
  ["url: 'https://a.io', token: $T, auth: { env: T }", "Cannot send two credentials"],
  ["url: 'https://a.io', auth: {}", 'expected one of "secretRef" and "env"'],
  ["url: 'https://a.io', protocol: redis", 'by the protocol "redis": this build makes http calls'],
  ["url: 'https://a.io', method: BREW", 'Cannot use the method "BREW"'],
  ["url: 'https://a.io', body: x", "Cannot send a body with GET"],
  ["url: 'https://a.io', timeout: 0s", "Cannot use a timeout of 0"],
  ["url: 'https://a.io', timeout: 5m", "Cannot wait 5m0s for a call: the most is 4m0s"],
  ["url: 'https://a.io', expectedStatus: 99", 'Cannot expect the status "99"'],
  ["url: 'https://a.io', expectedStatus: [ok]", 'Cannot expect the status "ok"'],
  ["url: 'https://a.io', expectedStatus: []", "Cannot expect no status at all"],
  ["url: 'https://a.io', headers: { Host: x }", 'Cannot use "Host" as the name of a header'],
  ["url: 'https://a.io', headers: { 'a b': x }", 'Cannot use "a b" as the name of a header'],
  [
    "url: 'https://a.io', token: $T, headers: { authorization: x }",
    'Cannot use "authorization": token gives it',
  ],
  ["url: 'https://a.io', sleep: 1s", 'Cannot act on "sleep"'],
  ["url: 'https://a.io', nonsense: 1", 'Unknown key "nonsense"'],
  ["url: 'https://a.io/{{ .external.a.status }}'", "that call is not made before this one"],
  ["url: 'https://a.io/{{ .external.other.status }}'", 'Unknown path ".external.other"'],
])("resolve() refuses a call with %s", async (rest, why) => {
  const { kind, issues } = await resolved(call(rest));
  expect(kind).toBe("failed");
  expect(issues.map(({ message }) => message).join("\n")).toContain(why);
});

test.each([
  [
    "{ external: [{ name: a, url: 'https://a.io' }, { name: a, url: 'https://a.io' }] }",
    'Two calls are named "a"',
  ],
  ["{ external: [{ name: 'a b', url: 'https://a.io' }] }", 'Cannot name a call "a b"'],
  [
    "{ when: [{ field: external.a.status, equals: '2' }], external: [{ name: a, url: 'https://a.io' }] }",
    "the conditions of onDelete come before its calls",
  ],
  [
    "{ groups: [{ external: [{ name: a, url: 'https://a.io' }] }] }",
    'Cannot act on "external": this build does not support it yet',
  ],
])("resolve() refuses %s", async (onDelete, why) => {
  const { kind, issues } = await resolved(onDelete);
  expect(kind).toBe("failed");
  expect(issues.map(({ message }) => message).join("\n")).toContain(why);
});

test.each(["onCreate", "onReconcile"])("resolve() refuses calls in %s", async (phase) => {
  const more = `          ${phase}: { external: [{ name: a, url: 'https://a.io' }] }`;
  const { kind, issues } = await resolved("{}", { more });
  expect(kind).toBe("failed");
  expect(issues.map(({ message }) => message)).toEqual([
    'Cannot act on "external": this build does not support it yet',
  ]);
});

test("resolve() lets a later call, its conditions, and what onDelete makes read what a call gave", async () => {
  const onDelete = `{ external: [{ name: a, url: 'https://a.io' }, { name: b, url: 'https://a.io/{{ .external.a.id }}', when: [{ field: external.a.status, equals: '200' }] }], configMaps: [{ name: x, data: { id: '{{ .external.b.id }}' } }] }`;
  expect((await resolved(onDelete)).issues).toEqual([]);
});

test("outside of onDelete nothing has .external", async () => {
  const more = `          onReconcile: { configMaps: [{ name: x, data: { id: '{{ .external.a.id }}' } }] }`;
  const { kind, issues } = await resolved(call("url: 'https://a.io'"), { more });
  expect(kind).toBe("failed");
  expect(issues[0]?.message).toContain('Cannot read ".external"');
});

test("resolve() warns of a token in the Katalog, and tells that a result is not kept", async () => {
  const { issues } = await resolved(call("url: 'https://a.io', token: abcdef, cacheFor: 1m"));
  expect(issues.map(({ severity, message }) => [severity, message.split(":")[0]])).toEqual([
    ["warning", "A token stands in the Katalog"],
    ["notice", '"cacheFor" does nothing here'],
  ]);
});
