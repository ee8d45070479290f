import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../../src/cli/cli.ts";
import { rbacManifests } from "../../../src/cli/rbac-manifests.ts";
import { recordedIo } from "./recorded-io.ts";

function printed(namespace: string): readonly string[] {
  return rbacManifests([], { name: "ork", subject: { namespace, name: "ork" } }).map(
    ({ kind, metadata }) => `${kind} ${(metadata as { name: string }).name}`,
  );
}

test.each(["orkestra-system", "kubernetes-tools", "default-team"])(
  "rbacManifests() begins with the namespace of the service account, %s",
  (namespace) => {
    expect(printed(namespace).slice(0, 2)).toEqual([
      `Namespace ${namespace}`,
      "ServiceAccount ork",
    ]);
  },
);

test.each(["default", "kube-system", "kube-public"])(
  "rbacManifests() does not make %s, which every cluster has",
  (namespace) => {
    expect(printed(namespace)[0]).toBe("ServiceAccount ork");
  },
);

test.each([
  ["shop", "ops/ork", ['A role goes into namespace "shop": it must exist before this is applied']],
  ["shop", "shop/ork", []],
  ["default", "ops/ork", []],
])(
  "ork rbac of an entry in %s for %s tells which namespaces must exist",
  async (namespace, account, expected) => {
    await using folder = await disposableFolder("katalog.yaml", katalog(namespace));
    const { io, out, err } = recordedIo({ cwd: folder.path });
    expect(
      await runCli(["rbac", "-f", folder.path, "--service-account", account, "-o", "json"], io),
    ).toBe(0);
    expect(JSON.parse(out.join("\n")).items[0].metadata.name).toBe(account.split("/")[0]);
    expect(err.filter((line) => line.includes("must exist"))).toEqual(expected);
  },
);

const katalog = (namespace: string) => `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: test }
spec:
  crds:
    tower:
      apiTypes: { group: x.test, version: v1, kind: Tower, plural: towers }
      namespace: ${namespace}
      operatorBox:
        onReconcile:
          configMaps: [{ name: "{{ .metadata.name }}", data: { a: "1" } }]
`;

async function disposableFolder(name: string, text: string) {
  const path = await mkdtemp(join(tmpdir(), "ork-rbac-"));
  await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
