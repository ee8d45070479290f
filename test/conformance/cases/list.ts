/** Lists: order, pages, versions, selectors. */
import { expect } from "bun:test";
import type { JsonObject } from "../../../src/std/json.ts";
import { type CaseApi, type ConformanceCase, versionOf } from "../case.ts";
import { configMap, WIDGETS, widget } from "../fixtures.ts";

async function makeMaps(api: CaseApi, names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const labels = { index: String(index), parity: index % 2 === 0 ? "even" : "odd" };
    const body = { metadata: { name, labels }, data: {} };
    await api.must("POST", api.core("configmaps"), { body });
  }
}

interface List {
  readonly metadata: { readonly continue?: string; readonly resourceVersion: string };
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

/** Leaves out what a controller manager puts into every namespace. */
const OWN = "labelSelector=parity";

export const listCases: readonly ConformanceCase[] = [
  {
    name: "a list is sorted by name and carries a version",
    async run(api) {
      await makeMaps(api, ["c", "a", "b"]);
      const answer = await api.request("GET", `${api.core("configmaps")}?${OWN}`);
      const names = (answer.body as unknown as List).items.map(({ metadata }) => metadata.name);
      expect(names).toEqual(["a", "b", "c"]);
    },
  },
  {
    name: "an empty list has no items and a version",
    async run(api) {
      const answer = await api.request("GET", api.core("secrets"));
      expect(versionOf(answer.body)).toMatch(/^\d+$/);
    },
  },
  {
    name: "pages agree with each other although objects come and go in between",
    async run(api) {
      await makeMaps(api, ["a", "b", "c", "d", "e"]);
      const base = `${api.core("configmaps")}?${OWN}&limit=2`;
      const first = await api.request("GET", base);
      const { metadata } = first.body as unknown as List;
      await api.must("DELETE", api.core("configmaps", "d"));
      await makeMaps(api, ["cc"]);
      const token = encodeURIComponent(metadata.continue ?? "");
      const second = await api.request("GET", `${base}&continue=${token}`);
      const rest = (second.body as unknown as List).metadata.continue ?? "";
      const third = await api.request("GET", `${base}&continue=${encodeURIComponent(rest)}`);
      const names = [first, second, third].flatMap(({ body }) =>
        (body as unknown as List).items.map((item) => item.metadata.name),
      );
      expect(names).toEqual(["a", "b", "c", "d", "e"]);
    },
  },
  {
    name: "an exact version shows what was, NotOlderThan what is",
    async run(api) {
      await makeMaps(api, ["a", "b"]);
      const before = await api.quiet("GET", api.core("configmaps"));
      const version = versionOf(before.body);
      await api.must("DELETE", api.core("configmaps", "a"));
      const base = `${api.core("configmaps")}?${OWN}&resourceVersion=${version}&resourceVersionMatch=`;
      const exact = await api.quiet("GET", `${base}Exact`);
      api.note(
        "exact",
        (exact.body as unknown as List).items.map(({ metadata }) => metadata.name),
      );
      const newer = await api.quiet("GET", `${base}NotOlderThan`);
      api.note("not older", newer.status);
    },
  },
  {
    name: "options that do not fit together are refused",
    async run(api) {
      const path = api.core("configmaps");
      for (const query of [
        "limit=abc",
        "resourceVersion=abc",
        "resourceVersionMatch=Exact",
        "resourceVersion=0&resourceVersionMatch=Exact",
        "resourceVersion=5&resourceVersionMatch=Nope",
        "sendInitialEvents=true",
        "watch=1&sendInitialEvents=true",
        "watch=1&resourceVersionMatch=NotOlderThan",
        "continue=abc",
      ]) {
        const answer = await api.request("GET", `${path}?${query}`);
        expect(answer.status).toBeGreaterThanOrEqual(400);
      }
    },
  },
  {
    name: "a version that is yet to come is 504",
    async run(api) {
      const answer = await api.request(
        "GET",
        `${api.core("configmaps")}?resourceVersion=999999999`,
      );
      expect(answer.status).toBe(504);
    },
  },
  {
    name: "label selectors: equality, sets, existence, order",
    async run(api) {
      await makeMaps(api, ["a", "b", "c", "d"]);
      for (const selector of [
        "parity=even",
        "parity==odd",
        "parity!=odd,index",
        "index in (1,2)",
        "index notin (1,2),parity",
        "parity,index>1",
        "parity,index<1",
        "!parity,index",
        "parity=even,index=3",
      ]) {
        const query = `labelSelector=${encodeURIComponent(selector)}`;
        const answer = await api.quiet("GET", `${api.core("configmaps")}?${query}`);
        const { items } = answer.body as unknown as List;
        const names = items
          .map(({ metadata }) => metadata.name)
          .filter((name) => name.length === 1);
        api.note(selector, names);
      }
    },
  },
  {
    name: "selectors that cannot be read are 400",
    async run(api) {
      for (const query of [
        "labelSelector=a+in+b",
        "labelSelector=!!",
        "labelSelector=a+b",
        "labelSelector=%3D",
        "fieldSelector=metadata",
        "fieldSelector=data.x%3D1",
      ]) {
        const answer = await api.request("GET", `${api.core("configmaps")}?${query}`);
        expect(answer.status).toBe(400);
      }
    },
  },
  {
    name: "field selectors: names, and what kinds support",
    async run(api) {
      await makeMaps(api, ["a", "b"]);
      const names = async (path: string) => {
        const answer = await api.quiet("GET", path);
        const items = (answer.body as unknown as Partial<List>).items ?? [];
        api.note(path, [answer.status, ...items.map(({ metadata }) => metadata.name)]);
      };
      await names(`${api.core("configmaps")}?fieldSelector=metadata.name=b`);
      await names(
        `${api.core("configmaps")}?fieldSelector=metadata.name!=b,metadata.namespace=${api.namespace}&${OWN}`,
      );
      await api.must("POST", api.core("secrets"), {
        body: { metadata: { name: "s" }, type: "example.com/x" },
      });
      await names(`${api.core("secrets")}?fieldSelector=type=example.com/x`);
      await names(`${api.core("secrets")}?fieldSelector=type=Opaque`);
      await names(`${api.core("pods")}?fieldSelector=spec.nodeName=,status.phase=Running`);
      await api.must("POST", api.group(WIDGETS, "widgets"), {
        body: widget("w", { size: 1, colour: "blue" }),
      });
      await names(`${api.group(WIDGETS, "widgets")}?fieldSelector=spec.colour=blue`);
      await names(`${api.group(WIDGETS, "widgets")}?fieldSelector=spec.colour=red`);
      await api.request("GET", `${api.group(WIDGETS, "widgets")}?fieldSelector=spec.size=1`);
    },
  },
  {
    name: "metadata only, of one object and of a list",
    async run(api) {
      await makeMaps(api, ["a"]);
      const accept = (as: string) => `application/json;as=${as};g=meta.k8s.io;v=v1`;
      await api.request("GET", api.core("configmaps", "a"), {
        accept: accept("PartialObjectMetadata"),
      });
      const options = { accept: accept("PartialObjectMetadataList") };
      await api.request("GET", `${api.core("configmaps")}?${OWN}`, options);
    },
  },
  {
    name: "types that are not offered are 406, the first that is wins",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const path = api.core("configmaps", "a");
      expect((await api.request("GET", path, { accept: "text/html" })).status).toBe(406);
      const accept = "application/json;as=Nope;g=meta.k8s.io;v=v1,application/json";
      expect((await api.request("GET", path, { accept })).status).toBe(200);
    },
  },
  {
    name: "a list of all namespaces, and one across versions of a custom kind",
    async run(api) {
      await api.must("POST", api.group(WIDGETS, "widgets"), { body: widget("w") });
      const v1beta1 = WIDGETS.replace("v1", "v1beta1");
      const answer = await api.request("GET", api.group(v1beta1, "widgets"));
      const [item] = (answer.body as unknown as { items: JsonObject[] }).items;
      expect(item?.["apiVersion"]).toBe(v1beta1);
    },
  },
];
