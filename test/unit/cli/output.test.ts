import { expect, test } from "bun:test";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeAll } from "../../../src/cli/output.ts";
import { OperationalError } from "../../../src/cli/usage-error.ts";

function withFile<T>(path: string, work: (fd: number) => T): T {
  const fd = openSync(path, "w");
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

test("writeAll() writes every character to a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "ork-output-"));
  try {
    const path = join(folder, "out");
    const text = "ünïcode ✓\n".repeat(100_000);
    withFile(path, (fd) => writeAll(fd, text));
    expect(readFileSync(path, "utf8")).toBe(text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.skipIf(!existsSync("/dev/full"))("writeAll() says what the system says of a full disk", () => {
  withFile("/dev/full", (fd) => {
    const full = () => writeAll(fd, "text");
    expect(full).toThrow(OperationalError);
    expect(full).toThrow(/^Cannot write the output: the disk is full$/);
  });
});
