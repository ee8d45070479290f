import { expect, test } from "bun:test";
import { resolve } from "../../../src/resolve/resolve.ts";
import { memoryFiles } from "./memory-files.ts";

const katalog = (remote: string) => `
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: k }
spec:
  crds:
    thing:
      apiTypes: { group: g.io, version: v1, kind: Thing, plural: things }
      operatorBox:
        reconcile:
          remote: ${remote}
`;

function resolved(remote: string) {
  const files = memoryFiles({ "k/katalog.yaml": katalog(remote) });
  return resolve({ paths: ["k/katalog.yaml"], env: {}, files });
}

test("resolve() takes a remote with its defaults", async () => {
  const one = await resolved(
    "{ endpoint: 'https://a.example.com/{{ .spec.x }}', auth: { env: TOKEN }, payload: { team: a } }",
  );
  if (one.kind !== "resolved") throw new Error(JSON.stringify(one.issues));
  expect(one.katalog.crds[0]?.box.remote).toEqual({
    endpoint: "https://a.example.com/{{ .spec.x }}",
    timeoutMs: 30_000,
    auth: { source: { kind: "env", name: "TOKEN" }, header: "Authorization" },
    args: {},
    payload: { team: "a" },
    managedResources: [],
  });
});

test.each([
  ["{ endpoint: 'http://pricing.shop.svc/' }"],
  ["{ endpoint: '{{ .spec.url }}' }"],
  ["{ endpoint: 'https://a.io', auth: { secretRef: { name: s, key: k }, header: X-Key } }"],
])("resolve() takes %s", async (remote) => {
  expect((await resolved(remote)).issues).toEqual([]);
});

test.each([
  ["{ timeout: 1s }", "endpoint"],
  ["{ endpoint: 'http://example.com/' }", "leaves the cluster without encryption"],
  ["{ endpoint: 'https://me:word@example.com/' }", "a credential stands in the URL"],
  ["{ endpoint: 'pricing' }", "its endpoint is no URL"],
  ["{ endpoint: '{{ .spec.url }}', auth: { env: T } }", "to a host that a template decides"],
  ["{ endpoint: 'https://a.io', timeout: 0s }", "Cannot use a timeout of 0"],
  ["{ endpoint: 'https://a.io', timeout: 5m }", "the most is 4m"],
  ["{ endpoint: 'https://a.io', payload: { object: {} } }", 'Cannot send "object" in the payload'],
  ["{ endpoint: 'https://a.io', auth: {} }", 'expected one of "secretRef" and "env"'],
  ["{ endpoint: 'https://a.io', auth: { env: T, header: Host } }", 'Cannot use "Host" as the name'],
  ["{ endpoint: 'https://a.io', auth: { env: T, header: 'a: b' } }", "as the name of a header"],
  ["{ endpoint: 'https://a.io', managedResources: [{ apiVersion: apps, kind: X }] }", "apiVersion"],
])("resolve() refuses %s", async (remote, why) => {
  const { kind, issues } = await resolved(remote);
  expect(kind).toBe("failed");
  expect(issues.map(({ message }) => message).join("\n")).toContain(why);
});
