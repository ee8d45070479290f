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

test.each([
  ["oci://ghcr.io/org", undefined, "artifact", "oci://ghcr.io/org/web:v1"],
  ["ghcr.io/org/", undefined, "artifact", "oci://ghcr.io/org/web:v1"],
  ["https://github.com/org/registry@main", undefined, "git", "https://github.com/org/registry"],
  ["https://ghcr.io/org", undefined, "git", "https://ghcr.io/org"],
  ["https://ghcr.io/org", true, "artifact", "oci://ghcr.io/org/web:v1"],
  ["http://localhost:5000/org", undefined, "artifact", "http://localhost:5000/org/web:v1"],
  ["http://localhost:5000/org/", undefined, "artifact", "http://localhost:5000/org/web:v1"],
  ["HTTP://localhost:5000/org", true, "artifact", "http://localhost:5000/org/web:v1"],
  ["http://localhost:5000/org", false, "git", "http://localhost:5000/org"],
  [
    "http://localhost:3000/org/registry@main",
    undefined,
    "git",
    "http://localhost:3000/org/registry",
  ],
  ["http://localhost:3000/registry.git", undefined, "git", "http://localhost:3000/registry.git"],
] as const)("packageReference() of a short name in %s, oci: %p, is %s %s", (...row) => {
  const [registry, oci, kind, location] = row;
  const names = { variable: "ORK_REGISTRY", registry };
  expect(packageReference({ url: "web@v1", oci }, names)).toMatchObject({ kind, location });
});

test("packageReference() refuses a short name where nothing reads what the variable says", () => {
  const names = { variable: "ORK_REGISTRY", registry: "ftp://host/x" };
  expect(packageReference({ url: "web@v1" }, names)).toMatchObject({
    kind: "refused",
    why: 'nothing reads the "ftp" of ORK_REGISTRY',
  });
});
