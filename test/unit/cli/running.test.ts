import { expect, test } from "bun:test";
import type { Io } from "../../../src/cli/io.ts";
import { compareWithRunning } from "../../../src/cli/running.ts";
import { sendJson, startServer } from "../kube/scripted-server.ts";

const digest = "sha256:1";

/** Of the documents only the digest matters here. */
function compare(running: string | undefined, marks: readonly string[] = []) {
  const digests = Object.fromEntries(marks.map((mark) => [mark, 1]));
  return compareWithRunning({
    resolved: { digest } as never,
    plan: { entries: [{ digests }] } as never,
    flags: { text: (name: string) => (name === "running" ? running : undefined) } as never,
    io: {} as Io,
    signal: new AbortController().signal,
  });
}

test("compareWithRunning() takes a host and a port for the address of a view", async () => {
  await using view = await startServer((_seen, response) => sendJson(response, { digest }));
  const { host } = new URL(view.url);
  expect(await compare(host)).toEqual({ kind: "equal", from: `http://${host}`, digest });
  expect(await compare(view.url)).toMatchObject({ kind: "equal", from: view.url });
});

test.each([
  [[digest], { kind: "equal", isFromMarks: true }],
  [["sha256:0"], { kind: "differs", digests: ["sha256:0"] }],
  [[digest, "sha256:0"], { kind: "differs" }],
  [[], { kind: "unknown" }],
])("compareWithRunning() without an address goes by the marks %p", async (marks, expected) => {
  expect(await compare(undefined, marks)).toMatchObject(expected);
});
