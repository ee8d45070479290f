/**
 * C4, merge: registry, then files, then Helm, then inline, each winning over the one before it, field by
 * field; and one name from two imports is an error that names both.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { GitServer, hasGit } from "../support/git-server.ts";
import { chartOf, indexOf, katalogOf, komposerOf, Sources } from "./sources.ts";

const GIT = "https://git.example.io/patterns@main";

function blocks(owner: string, fields: object): string {
  return JSON.stringify({ security: { tls: fields }, notification: { teams: [{ name: owner }] } })
    .slice(1, -1)
    .replace(',"notification"', ',\n"notification"');
}

/** A Katalog with blocks that every import has its own word on. */
function withBlocks(name: string, fields: object): string {
  const text = katalogOf(name);
  const [security = "", notification = ""] = blocks(name, fields).split(",\n");
  const plain = (json: string) => json.replace(/^"(\w+)":/, "$1: ");
  return `${text}${plain(security)}\n${plain(notification)}\n`;
}

describe.skipIf(!hasGit())("C4 merge", () => {
  let sources: Sources;
  beforeAll(async () => {
    sources = await Sources.open();
    const git = await GitServer.start({ tls: sources.authority.issue(["git.example.io"]) });
    sources.own(git);
    sources.place(["git.example.io"], git.web);
    git.commit("patterns", {
      "katalog.yaml": withBlocks("registry", {
        a: "registry",
        b: "registry",
        c: "registry",
        d: "registry",
      }),
    });
    const katalog = withBlocks("helm", { a: "helm", b: "helm" });
    const chart = await chartOf("platform", "1.0.0", katalog);
    await sources.serve(["charts.example.io"], (request, response) => {
      response.end(request.url?.endsWith(".tgz") ? chart : indexOf("platform", "1.0.0", chart));
    });
    await sources.write("file.yaml", withBlocks("file", { a: "file", b: "file", c: "file" }));
  });
  afterAll(() => sources[Symbol.asyncDispose]());

  const HELM = { repo: "https://charts.example.io", chart: "platform", version: "1.0.0" };
  const ALL = { registry: [GIT], files: ["file.yaml"], helm: [HELM] };

  test("inline wins over Helm, Helm over files, files over the registry, field by field", async () => {
    const text = komposerOf(ALL, {
      security: { tls: { a: "inline" } },
      notification: { teams: [{ name: "inline" }] },
    });
    const { code, stdout } = await sources.ork(["template", "-o", "json"], { text });
    expect(code).toBe(EXIT.ok);
    expect(JSON.parse(stdout)).toMatchObject({
      crds: [{ name: "file" }, { name: "helm" }, { name: "registry" }],
      other: {
        security: { tls: { a: "inline", b: "helm", c: "file", d: "registry" } },
        notification: {
          teams: [{ name: "inline" }, { name: "helm" }, { name: "file" }, { name: "registry" }],
        },
      },
    });
  });

  test("an inline entry changes what each import brought, and what nobody brings is its own", async () => {
    const box = (workers: number) => ({ operatorBox: { reconcile: { workers } } });
    const own = {
      apiTypes: { group: "own.example.io", version: "v1", kind: "Own", plural: "owns" },
    };
    const spec = { crds: { file: box(7), helm: box(8), registry: box(9), own } };
    const { stdout } = await sources.ork(["template", "--origins"], {
      text: komposerOf(ALL, { spec }),
    });
    for (const workers of [7, 8, 9]) {
      expect(stdout).toMatch(new RegExp(`workers: ${workers} # \\S+komposer.yaml:1:\\d+`));
    }
    expect(stdout).toContain("- name: own");
    for (const origin of [`${GIT}/katalog.yaml`, "file.yaml", "@1.0.0/templates/katalog.yaml"]) {
      expect(stdout).toContain(`${origin}:`);
    }
  });

  test.each([
    ["a file and the registry", { registry: [GIT], files: ["twin.yaml"] }, "registry", "registry:"],
    ["a file and a chart", { helm: [HELM], files: ["twin.yaml"] }, "helm", "helm:"],
    ["two files", { files: ["file.yaml", "twin.yaml"] }, "file", "file:"],
  ])("one name from %s is an error that names both, with their lines", async (...parameters) => {
    const [, imports, name, origin] = parameters;
    await sources.write("twin.yaml", katalogOf(name));
    const { code, stderr } = await sources.ork(["validate"], { text: komposerOf(imports) });
    expect(code).toBe(EXIT.issues);
    expect(stderr).toContain(`The CRD "${name}" comes from two places`);
    expect(stderr).toMatch(/file:\S*twin.yaml \(imported at \S+komposer.yaml:1:\d+\)/);
    expect(stderr).toMatch(new RegExp(`${origin}\\S+ \\(imported at \\S+komposer.yaml:1:\\d+\\)`));
  });
});
