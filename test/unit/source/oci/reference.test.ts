import { expect, test } from "bun:test";
import { parseOciReference } from "../../../../src/source/oci/reference.ts";
import { SourceError } from "../../../../src/source/source-error.ts";

const digest = `sha256:${"ab".repeat(32)}`;

test.each([
  ["oci://ghcr.io/org/x:v1", "https://ghcr.io", "ghcr.io", "org/x", "v1", undefined],
  ["ghcr.io/org/x:v1", "https://ghcr.io", "ghcr.io", "org/x", "v1", undefined],
  ["oci://ghcr.io/org/x", "https://ghcr.io", "ghcr.io", "org/x", undefined, undefined],
  [`oci://ghcr.io/org/x@${digest}`, "https://ghcr.io", "ghcr.io", "org/x", undefined, digest],
  [`oci://ghcr.io/org/x:v1@${digest}`, "https://ghcr.io", "ghcr.io", "org/x", "v1", digest],
  [
    "localhost:5000/a/b/c:1.2.3-rc.1_x",
    "https://localhost:5000",
    "localhost:5000",
    "a/b/c",
    "1.2.3-rc.1_x",
    undefined,
  ],
  ["http://localhost:5000/a:1", "http://localhost:5000", "localhost:5000", "a", "1", undefined],
  ["oci://[::1]:5000/a:1", "https://[::1]:5000", "[::1]:5000", "a", "1", undefined],
  ["oci://GHCR.io/org/x:V1", "https://ghcr.io", "ghcr.io", "org/x", "V1", undefined],
  [
    "oci://docker.io/nginx:1",
    "https://registry-1.docker.io",
    "docker.io",
    "library/nginx",
    "1",
    undefined,
  ],
  ["oci://docker.io/org/x:1", "https://registry-1.docker.io", "docker.io", "org/x", "1", undefined],
  [
    "oci://index.docker.io/org/x:1",
    "https://registry-1.docker.io",
    "docker.io",
    "org/x",
    "1",
    undefined,
  ],
])("parseOciReference() reads %s", (...[text, origin, registry, repository, tag, found]) => {
  const read = parseOciReference(text);
  expect([read.origin, read.registry, read.repository, read.tag, read.digest]).toEqual([
    origin,
    registry,
    repository,
    tag,
    found,
  ]);
});

test.each([
  ["oci://ghcr.io/Org/x:V1", "oci://ghcr.io/org/x:V1"],
  ["ghcr.io/Org/Web-App", "ghcr.io/org/web-app"],
  ["oci://Org/Org:v1", "oci://Org/org:v1"],
  [`oci://ghcr.io/ORG/x@${digest}`, `oci://ghcr.io/org/x@${digest}`],
])("parseOciReference() says of %s what is meant", (text, meant) => {
  const refuse = () => parseOciReference(text);
  expect(refuse).toThrow("has upper-case letters, expected lower case");
  try {
    refuse();
  } catch (error) {
    expect((error as SourceError).hint).toBe(`Did you mean "${meant}"?`);
  }
});

test.each([
  "",
  "ghcr.io",
  "oci://ghcr.io",
  "oci://ghcr.io/",
  "oci:///x:v1",
  "oci://ghcr.io/Org/x:v1",
  "oci://ghcr.io/org/../x:v1",
  "oci://ghcr.io/org//x:v1",
  "oci://ghcr.io/org/x:",
  "oci://ghcr.io/org/x:v 1",
  "oci://ghcr.io/org/x@sha256:abc",
  "oci://ghcr.io/org/x@md5:abc",
  "oci://user:pass@ghcr.io/org/x:v1",
  "oci://ghcr.io/org/x?y=1",
  "oci://ghcr.io/org/x#y",
  "oci://ghcr.io:99999/org/x:v1",
  "ftp://ghcr.io/org/x:v1",
  "oci://-ghcr.io/org/x:v1",
  `oci://ghcr.io/org/x:${"a".repeat(129)}`,
])("parseOciReference() refuses %s", (text) => {
  let error: unknown;
  try {
    parseOciReference(text);
  } catch (reason) {
    error = reason;
  }
  expect(error).toBeInstanceOf(SourceError);
  expect(String(error)).not.toContain("pass@");
  expect(String(error)).not.toContain("user:");
});
