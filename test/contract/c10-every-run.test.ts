/**
 * C10, every run is production: there is no mode with other rules. What stops a start stops it in the
 * sandbox, too, with the same words; what runs there is the same document, by the same digest.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { OrkProcess } from "../support/ork-process.ts";
import { komposerOf, Sources, thingCrd, thingKatalog } from "./sources.ts";

let sources: Sources;
beforeAll(async () => {
  sources = await Sources.open();
  await sources.serve(["api.example.io"], (request, response) => {
    if (request.url === "/none.yaml") return void response.writeHead(404).end();
    const isCrd = request.url === "/crd.json";
    return void response.end(isCrd ? thingCrd("thing") : thingKatalog("thing", "default"));
  });
});
afterAll(() => sources[Symbol.asyncDispose]());

const GOOD = "https://api.example.io/katalog.yaml";

test.each([
  ["an import that fails", [GOOD, "https://api.example.io/none.yaml"], []],
  ["an issue in a document", [GOOD, "wrong.yaml"], []],
  ["a warning, when warnings count", [GOOD, "loose.yaml"], ["--strict"]],
  [
    "credentials that are not there",
    [{ url: GOOD, auth: { type: "bearer", fromEnv: "NOPE" } }],
    [],
  ],
])("%s stops the sandbox as it stops a check, with the same words", async (_, files, flags) => {
  const { spec } = JSON.parse(thingKatalog("wrong", "default")) as { spec: object };
  const apiVersion = "orkestra.orkspace.io/v1";
  const document = (rest: object) => JSON.stringify({ apiVersion, kind: "Katalog", ...rest });
  await sources.write("wrong.yaml", document({ metadata: { name: "wrong" }, spec, speck: 1 }));
  const crd = {
    apiTypes: { group: "loose.example.io", version: "v1", kind: "Loose", plural: "looses" },
    operatorBox: { status: { fields: [{ path: "a", value: "{{ .children.deployment }}" }] } },
  };
  await sources.write(
    "loose.yaml",
    document({ metadata: { name: "loose" }, spec: { crds: { loose: crd } } }),
  );
  const text = komposerOf({ files });
  const checked = await sources.ork(["validate", ...flags], { text });
  const run = await sources.ork(["run", "--sandbox", "--listen", "0", ...flags], { text });
  expect(checked.code).not.toBe(0);
  expect({ code: run.code, stderr: run.stderr }).toEqual({
    code: checked.code,
    stderr: checked.stderr,
  });
});

test("the sandbox runs the same document, by the same digest", async () => {
  const text = komposerOf({ files: [GOOD] });
  const { stdout } = await sources.ork(["version", "-o", "json"], { text });
  const { digest, imports } = JSON.parse(stdout) as { digest: string; imports: object[] };
  const path = await sources.write("komposer.yaml", text);
  await using ork = await OrkProcess.serve(["-f", path, ...sources.flags, "--sandbox"]);
  expect((await ork.view("/katalog")).body).toMatchObject({ digest, imports });
});
