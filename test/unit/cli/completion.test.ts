import { describe, expect, test } from "bun:test";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../../src/cli/cli.ts";
import { commands } from "../../../src/cli/commands.ts";
import { recordedIo } from "./recorded-io.ts";

async function scriptFor(shell: string, program = "ork"): Promise<string> {
  const { io, out } = recordedIo({ program });
  expect(await runCli(["completion", shell], io)).toBe(0);
  return out.join("\n");
}

/** The shells themselves play the scripts, in a folder with a file of a known name. */
async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "ork-completion-"));
  try {
    await writeFile(join(folder, "some.yaml"), "");
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function output(argv: string[], cwd: string): Promise<string[]> {
  const child = Bun.spawn(argv, { cwd, stdout: "pipe", stderr: "pipe" });
  const [text, faults] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(faults).toBe("");
  return text.split("\n").filter(Boolean);
}

/** What bash offers after these words; it takes `=` for a word of its own. */
function offeredByBash(words: readonly string[]): Promise<string[]> {
  return inFolder(async (folder) => {
    const script = await scriptFor("bash");
    const quoted = ["ork", ...words].map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _ork; printf '%s\\n' "\${COMPREPLY[@]}"`;
    await writeFile(join(folder, "ask"), `${script}\n${ask}\n`);
    return (await output(["bash", "ask"], folder)).filter((line) => line !== "ask");
  });
}

function offeredByKubectl(words: readonly string[]): Promise<string[]> {
  return inFolder(async (folder) => {
    const path = join(folder, "kubectl_complete-orkestra");
    await writeFile(path, await scriptFor("kubectl"));
    await chmod(path, 0o755);
    return output([path, ...words], folder);
  });
}

const names = commands.map(({ name }) => name);

describe("completion", () => {
  test.each([
    [[""], [...names, "--help"]],
    [["va"], ["validate"]],
    [
      ["get", "-o", ""],
      ["tree", "json", "yaml"],
    ],
    [["get", "--output", "=", "j"], ["json"]],
    [
      ["get", "--output", "="],
      ["tree", "json", "yaml"],
    ],
    [
      ["rbac", "-o", ""],
      ["yaml", "json"],
    ],
    [
      ["run", "--log-format", ""],
      ["text", "json"],
    ],
    [["run", "-f", "so"], ["some.yaml"]],
    [["run", "--ca-file", "so"], ["some.yaml"]],
    [["run", "--token", "so"], []],
    [
      ["run", "--apply-cr"],
      ["--apply-crds", "--apply-crs"],
    ],
    [["completion", "z"], ["zsh"]],
  ])("in bash offers after %j what may follow", async (words, expected) => {
    expect(await offeredByBash(words)).toEqual(expected);
  });

  test.each([
    [["va"], ["validate", ":4"]],
    [
      ["get", "-o", ""],
      ["tree", "json", "yaml", ":4"],
    ],
    [["run", "-f", "so"], [":0"]],
    [["run", "--token", "so"], [":4"]],
    [
      ["run", "--apply-cr"],
      ["--apply-crds", "--apply-crs", ":4"],
    ],
  ])("for kubectl offers after %j what may follow", async (words, expected) => {
    expect(await offeredByKubectl(words)).toEqual(expected);
  });

  test("of a plugin names the program that kubectl asks", async () => {
    expect(await scriptFor("bash", "kubectl orkestra")).toContain("> kubectl_complete-orkestra");
    expect(await scriptFor("bash")).not.toContain("kubectl_complete");
  });

  test("in zsh and fish offers choices and files where they belong", async () => {
    const zsh = await scriptFor("zsh");
    expect(zsh).toContain(":format:(tree json yaml)'");
    expect(zsh).toContain("[Path of the kubeconfig]:path:_files'");
    expect(zsh).toContain("[Address of the API server]:url: '");
    const fish = await scriptFor("fish");
    expect(fish).toContain("from get' -l output -s o -x -a 'tree json yaml'");
    expect(fish).toContain("-l kubeconfig -r -F ");
  });
});
