import { expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { readTarGz } from "../../../src/source/archive.ts";
import { Ledger } from "../../../src/source/ledger.ts";
import { rawTar } from "../../support/raw-tar.ts";

test("Ledger.take() refuses what is more than the limit, all takers together", () => {
  const ledger = new Ledger(100);
  ledger.take(60, "a");
  ledger.take(40, "b");
  expect(() => ledger.take(1, "c")).toThrow(
    'Cannot unpack "c": all imports together are more than',
  );
});

test("readTarGz() stops within an archive where the ledger is full", async () => {
  const bytes = gzipSync(rawTar([{ name: "x", body: new Uint8Array(500_000) }]));
  const ledger = new Ledger(700_000);
  expect((await readTarGz(bytes, { name: "a", ledger })).size).toBe(1);
  expect(readTarGz(bytes, { name: "b", ledger })).rejects.toThrow("all imports together");
});
