import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { faultText, findFaultCode, systemFault } from "../../../src/std/system-fault.ts";

const coded = (code: string, more: object = {}) =>
  Object.assign(new Error(`${code}: raw text of the system`), { code, ...more });

describe("faultText()", () => {
  const rows: readonly (readonly [unknown, string | undefined])[] = [
    [coded("ENOENT"), "there is no such file or folder. Look at how it is spelled"],
    [coded("EACCES"), "no permission. Look at its owner and its mode"],
    [coded("EISDIR"), "it is a folder, not a file. Name a file in it"],
    [coded("ENOTDIR"), "a part of its path is a file, not a folder. Look at the path"],
    [
      coded("ECONNREFUSED", { address: "127.0.0.1", port: 1 }),
      '"127.0.0.1:1": connection refused, nothing listens there. Is it running, and is the address right?',
    ],
    [coded("ENOTFOUND"), "its host is not known. Is it spelled right, and known here?"],
    [
      coded("SELF_SIGNED_CERT_IN_CHAIN"),
      "its certificate is not signed by an authority that is trusted here. Name the certificates of that authority",
    ],
    [
      coded("ENOENT", { syscall: "spawn nope", path: "nope" }),
      '"nope": there is no such program. Install it, or put it on the PATH',
    ],
    [
      coded("EACCES", { syscall: "listen", address: "0.0.0.0", port: 80 }),
      '"0.0.0.0:80": no permission to listen there. Choose a port from 1024',
    ],
    [
      new DOMException("The operation timed out.", "TimeoutError"),
      "no answer came in time. Is it running, and is the address right?",
    ],
    [new SyntaxError("JSON Parse error: Unexpected EOF"), "it is not valid JSON"],
    [new SyntaxError("Unexpected token 'x', \"x\" is not valid JSON"), "it is not valid JSON"],
    // What is not in the table speaks for itself.
    [coded("ESTRANGE"), undefined],
    [coded("toString"), undefined],
    [new SyntaxError("Missing } in hooks.ts"), undefined],
    [new Error("Cannot do it"), undefined],
    ["text", undefined],
  ];
  // By text: a runner shows an error with its stack.
  test.each(rows.map(([error, text]) => [String(error), text, error] as const))(
    "says %s as %p",
    (_, text, error) => {
      expect(faultText(error)).toBe(text);
    },
  );

  test("names the path unless it was named before", () => {
    const error = coded("ENOENT", { path: "/a/b" });
    expect(faultText(error)).toStartWith('"/a/b": there');
    expect(faultText(error, 'Cannot read "/a/b"')).toStartWith("there");
  });

  test("knows what this runtime throws", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ork-fault-"));
    const file = join(folder, "file");
    await writeFile(file, "{");
    const thrown = (act: () => unknown) =>
      Promise.resolve()
        .then(act)
        .catch((error: unknown) => faultText(error));
    expect(await thrown(() => readFile(join(folder, "none")))).toContain("no such file");
    expect(await thrown(() => readFile(folder))).toContain("it is a folder");
    expect(await thrown(() => readFile(join(file, "x")))).toContain("a part of its path");
    expect(await thrown(() => JSON.parse("{"))).toBe("it is not valid JSON");
    expect(await thrown(() => JSON.parse("nope"))).toBe("it is not valid JSON");
    expect(await thrown(() => fetch("http://127.0.0.1:1/"))).toContain("nothing listens there");
    const started = new Promise((_, reject) =>
      spawn(join(folder, "no-program")).on("error", reject),
    );
    expect(await thrown(() => started)).toContain("there is no such program");
  });
});

test("findFaultCode() looks into causes and attempts, and not for ever", () => {
  const attempts = new AggregateError([coded("ECONNRESET"), coded("EPIPE")]);
  expect(findFaultCode(new Error("outer", { cause: attempts }))).toBe("ECONNRESET");
  const circle = new Error("circle");
  circle.cause = circle;
  expect(findFaultCode(circle)).toBeUndefined();
});

test("systemFault() looks at the error itself alone", () => {
  expect(systemFault(new Error("outer", { cause: coded("ENOENT") }))).toBeUndefined();
});
