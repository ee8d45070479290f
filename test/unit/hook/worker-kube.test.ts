import { expect, test } from "bun:test";
import type { KubeRequest } from "../../../src/hook/protocol.ts";
import { createWorkerKube } from "../../../src/hook/worker-kube.ts";

function recordedKube() {
  const asked: KubeRequest[] = [];
  const kube = createWorkerKube(async (request) => {
    asked.push(request);
    return { value: null };
  });
  return { kube, asked };
}

const ADDRESS = { apiVersion: "v1", kind: "ConfigMap", name: "a" };

test("createWorkerKube() asks in JSON", async () => {
  const { kube, asked } = recordedKube();
  await kube.get(ADDRESS);
  await kube.patch(ADDRESS, [{ op: "add", path: "/data/at", value: new Date(0) }], {
    type: "json",
  } as never);
  expect(asked).toEqual([
    { verb: "get", address: ADDRESS },
    {
      verb: "patch",
      address: ADDRESS,
      patch: [{ op: "add", path: "/data/at", value: "1970-01-01T00:00:00.000Z" }],
      options: { type: "json" },
    },
  ] as never);
});

test("createWorkerKube() rejects what JSON would lose, and asks nothing", async () => {
  const { kube, asked } = recordedKube();
  const object = { ...ADDRESS, metadata: { name: "a" }, data: { run: () => 1 } };
  for (const method of ["apply", "create"] as const) {
    await expect(kube[method](object as never)).rejects.toThrow(
      `kube.${method}() was given a function at "data.run", expected what JSON can carry`,
    );
  }
  await expect(kube.patch(ADDRESS, { data: { a: Number.NaN } } as never)).rejects.toThrow(
    'kube.patch() was given the number NaN at "data.a"',
  );
  expect(asked).toEqual([]);
});
