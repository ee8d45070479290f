/** What cannot be tested on a machine is said aloud, and is a failure where everything has to be tested. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { outputOf } from "./process-output.ts";

/** Test files, what they need, and the title of a test that cannot be without it. */
const NEEDS = [
  ["contract/c3-oci", "docker-registry", "what is pushed is what is pulled"],
  ["contract/c3-oci", "docker-registry", "a chart is imported"],
  ["contract/c3-sources", "docker-registry", "the example runs as written"],
  ["contract/c3-sources", "git", "a tag over https"],
  ["contract/c4-merge", "git", "one name from"],
  ["contract/c7-lock-kinds", "git", "a branch that went on"],
  ["unit/source/git", "git", "readGit"],
] as const;

async function testWithout(file: string, title: string, ci: string) {
  const path = join(import.meta.dir, "..", `${file}.test.ts`);
  const child = Bun.spawn([process.execPath, "test", path, "-t", title], {
    // Neither git nor a registry is found, nor anything that could install one.
    env: { ...process.env, PATH: "/nowhere", ORK_TEST_REGISTRY: "/nowhere/registry", CI: ci },
    stdout: "pipe",
    stderr: "pipe",
  });
  const { stdout, stderr, code } = await outputOf(child);
  return { code, text: stdout + stderr };
}

test.each(NEEDS)(
  "%s without %s is skipped loudly, and fails with CI=true: %s",
  async (file, need, title) => {
    const skipped = await testWithout(file, title, "");
    expect(skipped.text).toMatch(new RegExp(`SKIPPED: .*${need}`));
    expect(skipped.text).toMatch(/[1-9]\d* skip/);
    expect(skipped.code).toBe(0);
    const failed = await testWithout(file, title, "true");
    expect(failed.code).not.toBe(0);
    expect(failed.text).toMatch(/error: .*(docker-registry|git is not installed)/);
  },
);
