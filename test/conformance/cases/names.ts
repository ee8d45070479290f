/** Which names workloads may have, and where the server finds fault with the labels of their pods. */
import type { JsonObject } from "../../../src/std/json.ts";
import type { ConformanceCase } from "../case.ts";

const LONG = "a".repeat(70);

function template(
  { annotations = {}, ...labels }: JsonObject,
  restartPolicy: "Always" | "Never",
): JsonObject {
  const containers = [{ name: "main", image: "example.com/app" }];
  return { metadata: { labels, annotations }, spec: { restartPolicy, containers } };
}

function job(metadata: JsonObject, { labels = {}, ...spec }: JsonObject = {}): JsonObject {
  return { metadata, spec: { ...spec, template: template(labels as JsonObject, "Never") } };
}

function cronJob(name: string, labels: JsonObject = {}): JsonObject {
  const jobTemplate = { spec: { template: template(labels, "Never") } };
  return { metadata: { name }, spec: { schedule: "0 * * * *", suspend: true, jobTemplate } };
}

function workload(name: string, labels: JsonObject = {}): JsonObject {
  const selector = { matchLabels: { app: "web" } };
  const spec = { selector, template: template({ app: "web", ...labels }, "Always") };
  return { metadata: { name }, spec };
}

export const nameCases: readonly ConformanceCase[] = [
  {
    name: "a Job is named by what fits into a label of its pods",
    async run(api) {
      const path = `${api.group("batch/v1", "jobs")}?dryRun=All`;
      const labels = { a: "b" };
      for (const name of ["a".repeat(63), "a".repeat(64), LONG, "A.b_c"]) {
        await api.request("POST", path, { body: job({ name }) });
        await api.request("POST", path, { body: job({ name, labels }) });
      }
    },
  },
  {
    name: "an indexed Job leaves room for the numbers of its pods",
    async run(api) {
      const path = `${api.group("batch/v1", "jobs")}?dryRun=All`;
      const indexed = { completionMode: "Indexed", completions: 20 };
      for (const name of ["a".repeat(60), "a".repeat(61), "a.b"]) {
        await api.request("POST", path, { body: job({ name }, indexed) });
      }
    },
  },
  {
    name: "a CronJob has 52 characters, a StatefulSet and a Service are labels",
    async run(api) {
      const jobs = `${api.group("batch/v1", "cronjobs")}?dryRun=All`;
      for (const name of ["a".repeat(52), "a".repeat(53), `A${"b".repeat(260)}`]) {
        await api.request("POST", jobs, { body: cronJob(name) });
      }
      const sets = `${api.group("apps/v1", "statefulsets")}?dryRun=All`;
      for (const name of ["a".repeat(64), "a.b", "a.B", "A"]) {
        await api.request("POST", sets, { body: workload(name) });
      }
      const spec = { ports: [{ port: 80 }], clusterIP: "None" };
      for (const name of ["a".repeat(64), "a.b"]) {
        const body = { metadata: { name }, spec };
        await api.request("POST", `${api.core("services")}?dryRun=All`, { body });
      }
    },
  },
  {
    name: "labels and annotations of pods that may not be are told of the template",
    async run(api) {
      const bad = { team: "the web team", annotations: { "no key": "x" } };
      const body = workload("web", bad);
      for (const plural of ["deployments", "daemonsets", "statefulsets", "replicasets"]) {
        await api.request("POST", api.group("apps/v1", plural), { body });
      }
      const jobs = api.group("batch/v1", "jobs");
      await api.request("POST", jobs, { body: job({ name: "j" }, { labels: bad }) });
      await api.request("POST", api.group("batch/v1", "cronjobs"), { body: cronJob(LONG, bad) });
    },
  },
];
