/** Discovery: what is served, under which names. */
import { expect } from "bun:test";
import { isJsonObject, type Json, type JsonObject } from "../../../src/std/json.ts";
import type { ConformanceCase } from "../case.ts";
import { GROUP } from "../fixtures.ts";

/** Groups that both servers have, in full. A real server has more (see the sandbox's registry). */
const GROUPS = [
  "apps",
  "batch",
  "apiextensions.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "events.k8s.io",
  GROUP,
];
const AGGREGATED =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

interface Resource {
  readonly name: string;
  readonly storageVersionHash?: string;
}

/** Sorted, and without hashes. */
function resources(body: Json): Json {
  const list = isJsonObject(body) ? (body["resources"] as unknown as Resource[]) : [];
  return list
    .map(({ storageVersionHash: _, ...rest }) => rest)
    .sort((left, right) => (left.name < right.name ? -1 : 1)) as unknown as Json;
}

/** Resources of the core group that the sandbox leaves out. */
const LEFT_OUT =
  /^(bindings|componentstatuses|nodes\/|pods\/|namespaces\/finalize|services\/proxy|serviceaccounts\/token)/;

export const discoveryCases: readonly ConformanceCase[] = [
  {
    name: "resources of each group and version",
    async run(api) {
      for (const group of GROUPS) {
        const { body } = await api.quiet("GET", `/apis/${group}/v1`);
        api.note(group, resources(body));
      }
    },
  },
  {
    name: "resources of the core group, but for what is left out",
    async run(api) {
      const { body } = await api.quiet("GET", "/api/v1");
      const all = resources(body) as unknown as Resource[];
      api.note("v1", all.filter(({ name }) => !LEFT_OUT.test(name)) as unknown as Json);
    },
  },
  {
    name: "one group, one that is not there",
    async run(api) {
      await api.request("GET", "/apis/apps");
      await api.request("GET", `/apis/${GROUP}`);
      expect((await api.request("GET", "/apis/nope.example.com")).status).toBe(404);
      expect((await api.request("GET", "/apis/apps/v9")).status).toBe(404);
    },
  },
  {
    name: "the aggregated form, for the groups that both have",
    async run(api) {
      const answer = await api.quiet("GET", "/apis", { accept: AGGREGATED });
      api.note("contentType", answer.contentType);
      const items = (answer.body as { items: { metadata: { name: string }; versions: Json }[] })
        .items;
      for (const name of GROUPS) {
        api.note(
          name,
          sortResources(items.find(({ metadata }) => metadata.name === name) as unknown as Json),
        );
      }
    },
  },
  {
    name: "health and version",
    async run(api) {
      for (const path of ["/healthz", "/readyz", "/livez"]) {
        const answer = await api.quiet("GET", path);
        api.note(path, [answer.status, answer.body]);
      }
      const { body } = await api.quiet("GET", "/version");
      const { major, minor } = body as { major: string; minor: string };
      api.note("version", { major, minor });
    },
  },
  {
    name: "OpenAPI v3 has a document for each group and version, and says what patches take",
    async run(api) {
      const index = await api.must("GET", "/openapi/v3");
      const paths = index["paths"] as Readonly<Record<string, { serverRelativeURL: string }>>;
      for (const root of ["api/v1", "apis/apps/v1", `apis/${GROUP}/v1`]) {
        const entry = paths[root];
        expect(entry?.serverRelativeURL).toStartWith(`/openapi/v3/${root}?hash=`);
        const document = await api.must("GET", entry?.serverRelativeURL ?? "");
        const plural =
          root === "api/v1" ? "configmaps" : root.includes("apps") ? "deployments" : "widgets";
        const path = `/${root}/namespaces/{namespace}/${plural}/{name}`;
        const patch =
          (document["paths"] as Record<string, { patch: JsonObject }>)[path]?.patch ?? {};
        api.note(path, {
          kind: patch["x-kubernetes-group-version-kind"] as Json,
          parameters: (patch["parameters"] as { name: string }[])
            .map(({ name }) => name)
            .filter((name) => ["dryRun", "fieldManager", "fieldValidation", "force"].includes(name))
            .sort(),
          types: Object.keys((patch["requestBody"] as { content: object }).content)
            .filter((type) => !type.includes("cbor"))
            .sort(),
        });
      }
    },
  },
  {
    name: "OpenAPI v2 is given in the forms that clients ask for, and in no other",
    async run(api) {
      const protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
      for (const accept of ["application/json", "*/*", protobuf, `text/html, ${protobuf}`]) {
        const { status, contentType } = await api.quiet("GET", "/openapi/v2", { accept });
        api.note(accept, { status, contentType });
        expect(status).toBe(200);
      }
      const refused = await api.quiet("GET", "/openapi/v2", { accept: "text/html" });
      api.note("text/html", [refused.status, refused.body]);
      expect(refused.status).toBe(406);
      const { swagger, info } = await api.must("GET", "/openapi/v2");
      api.note("document", [swagger, (info as JsonObject)["title"]] as Json);
    },
  },
  {
    name: "a review of one's own access",
    async run(api) {
      const spec = {
        resourceAttributes: { namespace: api.namespace, verb: "create", resource: "pods" },
      };
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      const answer = await api.quiet("POST", path, {
        body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec },
      });
      const { status } = answer.body as { status: { allowed: boolean } };
      api.note("allowed", [answer.status, status.allowed]);
    },
  },
];

function sortResources(group: Json | undefined): Json {
  if (!isJsonObject(group)) return null;
  const versions = group["versions"] as { resources: { resource: string }[] }[];
  return {
    ...group,
    // The creation time of a definition's group is the server's start.
    metadata: { name: (group["metadata"] as { name: string }).name },
    versions: versions.map((version) => ({
      ...version,
      resources: [...version.resources].sort((left, right) =>
        left.resource < right.resource ? -1 : 1,
      ),
    })) as unknown as Json,
  };
}
