/** Watches: the beginning, what follows, bookmarks, selectors, and versions that are gone. */
import { expect } from "bun:test";
import type { WatchEvent } from "../api-client.ts";
import { type CaseApi, type ConformanceCase, MERGE, versionOf } from "../case.ts";
import { configMap, GROUP, WIDGETS, widget } from "../fixtures.ts";

const OWN = "labelSelector=own";

function owned(name: string, labels: Record<string, string> = {}) {
  return { ...configMap(name), metadata: { name, labels: { own: "1", ...labels } } };
}

function count(wanted: number): (events: readonly WatchEvent[]) => boolean {
  return (events) => events.length >= wanted;
}

async function versionNow(api: CaseApi): Promise<string> {
  return versionOf((await api.quiet("GET", `${api.core("configmaps")}?limit=1`)).body);
}

export const watchCases: readonly ConformanceCase[] = [
  {
    name: "without a version what is there comes first",
    async run(api) {
      for (const name of ["b", "a"])
        await api.must("POST", api.core("configmaps"), { body: owned(name) });
      const events = await api.watch(`${api.core("configmaps")}?watch=1&${OWN}`, count(2));
      expect(events.map(({ type }) => type)).toEqual(["ADDED", "ADDED"]);
    },
  },
  {
    name: "from a version on: added, modified, deleted",
    async run(api) {
      const version = await versionNow(api);
      await api.must("POST", api.core("configmaps"), { body: owned("a") });
      const path = api.core("configmaps", "a");
      await api.must("PATCH", path, { body: { data: { a: "2" } }, type: MERGE });
      await api.must("DELETE", path);
      await api.must("POST", api.core("secrets"), { body: { metadata: { name: "other" } } });
      const query = `watch=1&${OWN}&resourceVersion=${version}`;
      const events = await api.watch(
        `${api.core("configmaps")}?${query}`.replace(version, version),
        count(3),
      );
      expect(events.map(({ type }) => type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
      const versions = events.map(({ object }) => Number(versionOf(object)));
      expect(versions).toEqual([...versions].sort((left, right) => left - right));
    },
  },
  {
    name: "a streamed list ends with a bookmark",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: owned("a") });
      const query = `watch=1&${OWN}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
      const events = await api.watch(`${api.core("configmaps")}?${query}`, count(2));
      expect(events.map(({ type }) => type)).toEqual(["ADDED", "BOOKMARK"]);
    },
  },
  {
    name: "a streamed list of nothing is a bookmark alone, for custom kinds too",
    async run(api) {
      const query = `watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
      await api.watch(`${api.group(WIDGETS, "widgets")}?${query}`, count(1));
      await api.watch(`${api.core("secrets")}?${query}`, count(1));
    },
  },
  {
    name: "objects that come to match a selector are added, those that stop to are deleted",
    async run(api) {
      const version = await versionNow(api);
      await api.must("POST", api.core("configmaps"), { body: owned("a", { on: "no" }) });
      const path = api.core("configmaps", "a");
      for (const on of ["yes", "still", "no"]) {
        const labels = { on: on === "still" ? "yes" : on, turn: on };
        await api.must("PATCH", path, { body: { metadata: { labels } }, type: MERGE });
      }
      const query = `watch=1&labelSelector=own,on%3Dyes&resourceVersion=${version}`;
      const events = await api.watch(`${api.core("configmaps")}?${query}`, count(3));
      expect(events.map(({ type }) => type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
    },
  },
  {
    name: "one object by its name",
    async run(api) {
      const version = await versionNow(api);
      for (const name of ["a", "b"])
        await api.must("POST", api.core("configmaps"), { body: owned(name) });
      const query = `watch=1&fieldSelector=metadata.name%3Db&resourceVersion=${version}`;
      await api.watch(`${api.core("configmaps")}?${query}`, count(1));
    },
  },
  {
    name: "a timeout ends the stream",
    async run(api) {
      const events = await api.watch(
        `${api.core("secrets")}?watch=1&timeoutSeconds=1`,
        () => false,
      );
      expect(events).toEqual([]);
    },
  },
  {
    name: "a version from before the kind was there is an ERROR event with 410",
    async run(api) {
      const events = await api.watch(
        `/apis/${GROUP}/v1/widgets?watch=1&resourceVersion=2`,
        count(1),
      );
      expect(events[0]?.type).toBe("ERROR");
    },
  },
  {
    name: "metadata only",
    async run(api) {
      await api.must("POST", api.group(WIDGETS, "widgets"), { body: widget("w") });
      const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
      await api.request("GET", api.group(WIDGETS, "widgets"), { accept });
    },
  },
  {
    name: "updates of status are seen",
    async run(api) {
      const created = await api.must("POST", api.group(WIDGETS, "widgets"), { body: widget("w") });
      const path = api.group(WIDGETS, "widgets", "w");
      await api.must("PATCH", `${path}/status`, {
        body: { status: { phase: "Ready" } },
        type: MERGE,
      });
      const query = `watch=1&resourceVersion=${versionOf(created)}`;
      const events = await api.watch(`${api.group(WIDGETS, "widgets")}?${query}`, count(1));
      expect(events[0]?.type).toBe("MODIFIED");
    },
  },
];
