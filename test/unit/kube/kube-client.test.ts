import { describe, expect, test } from "bun:test";
import type { KubeClient } from "../../../src/kube/client.ts";
import { createKubeClient, METADATA_LIST_TYPE } from "../../../src/kube/kube-client.ts";
import { CONFIG_MAP, configMap, DEPLOYMENT, NODE, transportTo } from "./harness.ts";
import { type SeenRequest, sendJson, startServer } from "./scripted-server.ts";

const reference = { type: CONFIG_MAP, namespace: "ns", name: "a" };
const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n:1", namespace: "stray" } };

/** The one request that `use` makes. */
async function requestOf(use: (client: KubeClient) => Promise<unknown>): Promise<SeenRequest> {
  await using server = await startServer((_seen, response) => sendJson(response, { items: [] }));
  using transport = transportTo(server.url);
  await use(createKubeClient(transport));
  expect(server.requests).toHaveLength(1);
  return server.requests[0] as SeenRequest;
}

type Case = [
  name: string,
  use: (client: KubeClient) => Promise<unknown>,
  line: string,
  contentType?: string,
];

test.each<Case>([
  ["get", (client) => client.get(reference), "GET /api/v1/namespaces/ns/configmaps/a"],
  [
    "get of a cluster's object",
    (client) => client.get({ type: NODE, name: "n:1" }),
    "GET /api/v1/nodes/n%3A1",
  ],
  ["list of all namespaces", (client) => client.list(DEPLOYMENT), "GET /apis/apps/v1/deployments"],
  [
    "list",
    (client) =>
      client.list(DEPLOYMENT, {
        namespace: "ns",
        labelSelector: "a=b,c",
        limit: 5,
        continueToken: "t",
        resourceVersion: "0",
        fieldSelector: "f=g",
      }),
    "GET /apis/apps/v1/namespaces/ns/deployments?labelSelector=a%3Db%2Cc&fieldSelector=f%3Dg&limit=5&continue=t&resourceVersion=0",
  ],
  [
    "create",
    (client) => client.create(CONFIG_MAP, configMap("a", 1)),
    "POST /api/v1/namespaces/ns/configmaps?fieldManager=orkestra",
    "application/json",
  ],
  [
    "create of a cluster's object",
    (client) => client.create(NODE, node, { dryRun: true, fieldManager: "me" }),
    "POST /api/v1/nodes?fieldManager=me&dryRun=All",
    "application/json",
  ],
  [
    "replace",
    (client) => client.replace(CONFIG_MAP, configMap("a", 1)),
    "PUT /api/v1/namespaces/ns/configmaps/a?fieldManager=orkestra",
    "application/json",
  ],
  [
    "apply",
    (client) => client.apply(CONFIG_MAP, configMap("a", 1), { force: true }),
    "PATCH /api/v1/namespaces/ns/configmaps/a?fieldManager=orkestra&force=true",
    "application/apply-patch+yaml",
  ],
  [
    "apply of a status",
    (client) => client.apply(CONFIG_MAP, configMap("a", 1), { subresource: "status" }),
    "PATCH /api/v1/namespaces/ns/configmaps/a/status?fieldManager=orkestra",
    "application/apply-patch+yaml",
  ],
  [
    "JSON patch",
    (client) => client.patch(reference, [], { patchType: "json" }),
    "PATCH /api/v1/namespaces/ns/configmaps/a?fieldManager=orkestra",
    "application/json-patch+json",
  ],
  [
    "merge patch",
    (client) =>
      client.patch(reference, {}, { patchType: "merge", subresource: "status", dryRun: true }),
    "PATCH /api/v1/namespaces/ns/configmaps/a/status?fieldManager=orkestra&dryRun=All",
    "application/merge-patch+json",
  ],
  [
    "strategic patch",
    (client) => client.patch(reference, {}, { patchType: "strategic" }),
    "PATCH /api/v1/namespaces/ns/configmaps/a?fieldManager=orkestra",
    "application/strategic-merge-patch+json",
  ],
  [
    "delete",
    (client) => client.delete(reference),
    "DELETE /api/v1/namespaces/ns/configmaps/a",
    "application/json",
  ],
  ["raw", (client) => client.raw("/version"), "GET /version"],
])("createKubeClient() sends a %s", async (...row) => {
  const [, use, line, contentType] = row;
  const { method, path, query, headers } = await requestOf(use);
  const search = query.size > 0 ? `?${query}` : "";
  expect(`${method} ${path}${search}`).toBe(line);
  expect(headers["content-type"]).toBe(contentType);
});

describe("createKubeClient()", () => {
  test("sends preconditions with a delete", async () => {
    const options = {
      uid: "u",
      resourceVersion: "7",
      propagationPolicy: "Foreground",
      dryRun: true,
    } as const;
    const { body } = await requestOf((client) => client.delete(reference, options));
    expect(JSON.parse(body)).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Foreground",
      preconditions: { uid: "u", resourceVersion: "7" },
      dryRun: ["All"],
    });
  });

  test("asks for metadata only", async () => {
    const { headers } = await requestOf((client) =>
      client.list(CONFIG_MAP, { metadataOnly: true }),
    );
    expect(headers.accept).toBe(METADATA_LIST_TYPE);
  });

  test("gives the objects of a list their type, and the token of the next page", async () => {
    await using server = await startServer((_seen, response) =>
      sendJson(response, {
        metadata: { resourceVersion: "9", continue: "more" },
        items: [
          { metadata: { name: "a" } },
          { kind: "PartialObjectMetadata", metadata: { name: "b" } },
        ],
      }),
    );
    using transport = transportTo(server.url);
    const { items, ...rest } = await createKubeClient(transport).list(DEPLOYMENT);
    expect(rest).toEqual({ resourceVersion: "9", continueToken: "more" });
    expect(items.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      "apps/v1 Deployment",
      "apps/v1 Deployment",
    ]);
  });

  test("takes a list without items for an empty one", async () => {
    await using server = await startServer((_seen, response) =>
      sendJson(response, { metadata: { resourceVersion: "9" }, items: null }),
    );
    using transport = transportTo(server.url);
    expect(await createKubeClient(transport).list(DEPLOYMENT)).toEqual({
      items: [],
      resourceVersion: "9",
    });
  });
});
