import { expect, test } from "bun:test";
import { packageReference } from "../../../src/resolve/package-reference.ts";

const NOWHERE = { variable: "ORK_REGISTRY", registry: undefined };
const DIGEST = `sha256:${"a".repeat(64)}`;

test.each([
  ["http://localhost:5000/org/web:v1", true, "artifact", "http://localhost:5000/org/web:v1"],
  ["https://ghcr.io/org/web:v1", true, "artifact", "oci://ghcr.io/org/web:v1"],
  ["oci://ghcr.io/org/web:v1", undefined, "artifact", "oci://ghcr.io/org/web:v1"],
  ["http://localhost:5000/org/web:v1", undefined, "artifact", "http://localhost:5000/org/web:v1"],
  ["https://ghcr.io/org/web:v1", undefined, "artifact", "oci://ghcr.io/org/web:v1"],
  [
    `http://localhost:5000/web@${DIGEST}`,
    undefined,
    "artifact",
    `http://localhost:5000/web@${DIGEST}`,
  ],
  ["https://github.com/org/registry@main", undefined, "git", "https://github.com/org/registry"],
  ["https://git.io:8443/org/web", undefined, "git", "https://git.io:8443/org/web"],
  ["https://git.io/org/web:v1", false, "git", "https://git.io/org/web:v1"],
  ["http://localhost:5000/org/web", undefined, "git", "http://localhost:5000/org/web"],
] as const)("packageReference() of %s, oci: %p, is %s %s", (...row) => {
  const [url, oci, kind, location] = row;
  expect(packageReference({ url, oci }, NOWHERE)).toMatchObject({ kind, location });
});
