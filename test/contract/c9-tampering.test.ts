/**
 * C9, safe to load: of whatever a server holds that a start reads, any byte region may have been changed, and
 * nothing of it gets near the cluster. What the lock and the cache hold: `c2-lock.test.ts`.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { parseLock } from "../../src/resolve/lock.ts";
import { lockSources } from "../../src/resolve/lock-sources.ts";
import { resolve } from "../../src/resolve/resolve.ts";
import { localFiles } from "../../src/source/file.ts";
import { openSources } from "../../src/source/source.ts";
import { tamperings } from "./lock-stage.ts";
import { KOMPOSERS, type Served, type SignedKind, SignedStage } from "./signed-stage.ts";
import { SCALE } from "./stage.ts";

setDefaultTimeout(120_000);

const KINDS: readonly SignedKind[] = ["key", "identity", "provenance", "provenance in a registry"];
/** Bytes of each region of which one bit is changed. With `ORK_FAULT_PLANS=16` that is each byte. */
const REGION = Math.max(1, Math.floor(16 / SCALE));

/**
 * What no digest and no lock is about: where a signature or an archive is found. Some of its bytes decide
 * nothing (a space, the name of a field that nobody reads); then nothing else is run than before.
 */
const IS_ENVELOPE = /\.sig$|\/sha256-[0-9a-f]{64}$|\/index\.yaml$|\.prov$/;

describe("C9 tampering", () => {
  let stage: SignedStage;
  beforeAll(async () => {
    stage = await SignedStage.open();
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  /** What a start reads from servers; none of it is missing from the tests. */
  async function readBy(kind: SignedKind): Promise<readonly Served[]> {
    expect((await stage.ork(kind, ["lock"])).code).toBe(EXIT.ok);
    stage.takeAsked();
    expect((await stage.ork(kind, ["validate", "--locked"])).code).toBe(EXIT.ok);
    const asked = new Set(stage.takeAsked());
    return stage.served.filter(({ path }) => [...asked].some((one) => one.endsWith(path)));
  }

  test.each(KINDS)(
    "whatever region of what is read was changed, it is refused: %s",
    async (kind) => {
      const start = await startOf(kind, stage);
      const things = await readBy(kind);
      const untouched = await start();
      expect(untouched).toMatch(/^sha256:/);
      expect(things.length).toBeGreaterThanOrEqual(3);
      const wrong: string[] = [];
      let refused = 0;
      for (const { path, bytes, set } of things) {
        const isEnvelope = IS_ENVELOPE.test(path);
        for (const changed of tamperings(bytes, Math.ceil(bytes.length / REGION))) {
          set(changed);
          const found = await start();
          if (found === "refused") refused++;
          else if (!isEnvelope || found !== untouched)
            wrong.push(`${path} ${firstChange(bytes, changed)}`);
        }
        set(bytes);
      }
      console.info(`${kind}: ${refused} changes of ${things.length} things refused`);
      expect(wrong).toEqual([]);
      expect(await start()).toBe(untouched);
    },
  );

  test.each([
    ["key", /\.sig$/, SIGNATURE],
    ["provenance", /\.prov$/, PACKET],
  ] as const)(
    "any byte of a signature that was changed is refused: %s",
    async (kind, path, field) => {
      const start = await startOf(kind, stage);
      const envelope = (await readBy(kind)).find((one) => path.test(one.path));
      const text = Buffer.from(envelope?.bytes ?? []).toString();
      const encoded = field.exec(text)?.[0] ?? "";
      const bytes = Buffer.from(encoded, "base64");
      expect(bytes.length).toBeGreaterThan(60);
      const accepted: number[] = [];
      for (const changed of tamperings(bytes, bytes.length)) {
        const other = Buffer.from(changed).toString("base64");
        envelope?.set(Buffer.from(text.replace(encoded, other)));
        const at = firstChange(bytes, changed);
        if ((await start()) !== "refused" && !isSameNumber(bytes, changed, at)) accepted.push(at);
      }
      envelope?.set(Buffer.from(text.replace(encoded, bytes.toString("base64"))));
      expect(await start()).not.toBe("refused");
      expect(accepted).toEqual([]);
      envelope?.set(Buffer.from(text));
    },
  );

  test.each(KINDS)("the executable asks the API server for nothing: %s", async (kind) => {
    const things = (await readBy(kind)).filter(({ path }) => !IS_ENVELOPE.test(path));
    for (const { path, bytes, set } of things) {
      for (const changed of tamperings(bytes, 2)) {
        set(changed);
        const { code, stderr } = await stage.run(kind);
        expect({ path, code }).toEqual({ path, code: EXIT.operational });
        expect(stderr).toMatch(/komposer\.yaml:1:\d+/);
      }
      set(bytes);
    }
    expect(stage.apiRequests).toBe(0);
  });

  test("what was not changed does ask it", async () => {
    const { code } = await stage.ork("key", ["plan", "--server", stage.apiUrl]);
    expect(code).toBe(EXIT.operational);
    expect(stage.apiRequests).toBeGreaterThan(0);
  });
});

/**
 * OpenPGP says the length of a number in bits before its bytes: one more or less of the same bytes is the same
 * number. Source: RFC 9580 section 3.2.
 */
function isSameNumber(before: Uint8Array, after: Uint8Array, at: number): boolean {
  const lengthAt = (bytes: Uint8Array, offset: number) =>
    Math.ceil(Buffer.from(bytes).readUInt16BE(offset) / 8);
  const [length, other] = [lengthAt(before, at - 1), lengthAt(after, at - 1)];
  const rest = before.length - at - 1 - length;
  // Two numbers are the end of the packet.
  const isLength = rest === 0 || (rest > 2 && rest === 2 + lengthAt(before, at + 1 + length));
  return isLength && length === other;
}

/** In a manifest beside the artifact, and in armor (without the checksum that nobody has to hold). */
const SIGNATURE = /(?<=cosign\/signature":")[^"]+/;
const PACKET = /(?<=BEGIN PGP SIGNATURE-----\n\n)[A-Za-z0-9+/=\n]+?(?=\n(=[^\n]{4}\n)?-----END)/;

function firstChange(before: Uint8Array, after: Uint8Array): number {
  return after.findIndex((byte, index) => byte !== before[index]);
}

/** The config digest, or that it was refused; what it takes is read as the executable reads it. */
async function startOf(kind: SignedKind, stage: SignedStage): Promise<() => Promise<string>> {
  const { sources } = stage;
  const path = await sources.write("komposer.yaml", KOMPOSERS[kind]);
  const lockPath = join(sources.folder, "orkestra.lock");
  return async () => {
    const lock = parseLock(await readFile(lockPath, "utf8"), lockPath);
    const own = { lock, isRequired: true, isOffline: false, isRenewed: () => false };
    const locked = lockSources(openSources(localFiles, sources.web), own);
    const result = await resolve({ paths: [path], env: {}, sources: locked });
    if (result.kind === "resolved") return result.digest;
    const [issue] = result.issues;
    expect(issue?.position?.file).toBe(path);
    expect(result.isWorldFault).toBe(true);
    return "refused";
  };
}
