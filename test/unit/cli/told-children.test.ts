import { expect, test } from "bun:test";
import type { Readiness } from "../../../src/apply/readiness.ts";
import { withTold } from "../../../src/cli/told-children.ts";
import type { TreeEntry } from "../../../src/cli/tree.ts";
import type { KubeObject } from "../../../src/schema/object.ts";

const KINDS = [
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "apps/v1", kind: "Deployment" },
];

function entry(kind: string, name: string, readiness: Readiness = { kind: "ready" }): TreeEntry {
  const metadata = { name, namespace: "a" };
  return { object: { apiVersion: "v1", kind, metadata }, readiness };
}

function owner(message: string, status = "False"): KubeObject {
  const conditions = [{ type: "Ready", status, reason: "ChildError", message }];
  const metadata = { name: "o", namespace: "a" };
  return { apiVersion: "x.test/v1", kind: "Thing", metadata, status: { conditions } };
}

const CHILDREN = [entry("Service", "web"), entry("Deployment", "web")];
const told = (message: string, status?: string) =>
  withTold(CHILDREN, owner(message, status), KINDS).map(({ object, readiness }) => [
    `${object.apiVersion} ${object.kind}/${object.metadata.name}`,
    readiness.kind,
    ...(readiness.kind === "ready" ? [] : [readiness.reason]),
  ]);

const SERVICE = ["v1 Service/web", "ready"];
const DEPLOYMENT = ["v1 Deployment/web", "ready"];

test.each([
  [
    'Cannot write Service "a/web": the API server refused it (Invalid): spec: "x"',
    "v1 Service/web",
  ],
  [
    'Cannot change "spec.selector" of Deployment "a/web": the field is immutable',
    "v1 Deployment/web",
  ],
  ['Cannot write Service "a/web" of "onReconcile.services[0]": no field "x"', "v1 Service/web"],
])("withTold() shows the child as failed that it says of: %s", (message, which) => {
  const expected = [SERVICE, DEPLOYMENT].map((one) =>
    one[0] === which ? [which, "failed", message] : one,
  );
  expect(told(message)).toEqual(expected);
});

test("withTold() shows each of several, and what could not be made", () => {
  const [refused, absent] = [
    'Cannot write Deployment "a/web": forbidden',
    'Cannot write Service "a/No_Name": the API server refused it',
  ];
  expect(
    told(`${refused}; ${absent}; Service "a/web" is kept until Service "a/No_Name" can be written`),
  ).toEqual([
    ["v1 Service/web", "progressing", 'kept until Service "a/No_Name" can be written'],
    ["v1 Deployment/web", "failed", refused],
    ["v1 Service/No_Name", "failed", absent],
  ]);
});

test.each([
  'Cannot evaluate "x": toInt of "Deployment "a/web"": no number',
  'Cannot patch Thing "a/o": refused',
  'Cannot write Service "b/web": refused elsewhere'.replace("Service", "Gadget"),
  'Deployment "a/web": 0 of 1 replicas available',
  "",
])("withTold() leaves the children as they are where it says nothing of them: %p", (message) => {
  expect(told(message)).toEqual([SERVICE, DEPLOYMENT]);
});

test("withTold() believes no message of a custom resource that is ready", () => {
  expect(told('Cannot write Service "a/web": refused', "True")).toEqual([SERVICE, DEPLOYMENT]);
});
