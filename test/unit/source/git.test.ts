/** git against git itself: its own server gives what is read, its own packs are unpacked. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { symlinkSync } from "node:fs";
import { parseAllowedAddress } from "../../../src/source/address-rules.ts";
import { basicCredentials, tokenCredentials } from "../../../src/source/credentials.ts";
import { readGit } from "../../../src/source/git.ts";
import { PackError, readPack } from "../../../src/source/git-pack.ts";
import { decodePackets, encodePackets } from "../../../src/source/git-packets.ts";
import type { GitReference } from "../../../src/source/reference.ts";
import { openWeb } from "../../../src/source/web.ts";
import { createAuthority } from "../../support/certificates.ts";
import { GitServer, hasGit } from "../../support/git-server.ts";
import { packOf, summed } from "../../support/raw-pack.ts";

const authority = createAuthority();
const loopback = parseAllowedAddress("127.0.0.0/8");

describe.skipIf(!hasGit())("readGit()", () => {
  let server: GitServer;
  const commits: Record<string, string> = {};

  beforeAll(async () => {
    const tls = authority.issue(["git.example.io", "other.example.io"]);
    const wanted = new Set([
      `Basic ${btoa("jo:secret-1")}`,
      `Basic ${btoa("x-access-token:secret-2")}`,
    ]);
    server = await GitServer.start({
      tls,
      allows: ({ url = "", headers }) =>
        !url.startsWith("/private/") || wanted.has(headers.authorization ?? ""),
    });
    commits["first"] = server.commit("open", { "katalog.yaml": "a: 1\n", "web/crd.yaml": "b\n" });
    server.repository("open").run("tag", "v1");
    server.repository("open").run("tag", "-a", "v1.1", "-m", "annotated");
    // Many versions of one large file: git packs them as deltas.
    const lines = Array.from({ length: 3_000 }, (_, index) => `line ${index}: ${"x".repeat(20)}`);
    for (let version = 0; version < 8; version++) {
      lines[version * 100] = `changed ${version}`;
      const large = lines.join("\n");
      const copies = { "large.txt": large, "copy.txt": `${large}\nend`, "ä/ö.yaml": "c: ü\n" };
      commits["last"] = server.commit("open", { "katalog.yaml": "a: 2\n", ...copies });
    }
    const open = server.repository("open");
    open.run("gc", "-q", "--aggressive", "--prune=now");
    symlinkSync("/etc/passwd", `${open.folder}/link`);
    open.run("add", "-A");
    open.run("commit", "-q", "-m", "link");
    commits["main"] = open.run("rev-parse", "HEAD");
    server.commit("open", { "katalog.yaml": "a: 3\n" }, "both");
    open.run("tag", "both", "v1");
    open.run("checkout", "-q", "main");
    server.commit("private", { "katalog.yaml": "p: 1\n" });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  function read(ref?: string, more: Partial<GitReference> = {}) {
    const location = "https://git.example.io/open";
    const web = openWeb({
      certificateAuthorities: authority.cert,
      allowedAddresses: loopback ? [loopback] : [],
      resolveHost: async () => [server.web.address],
    });
    return readGit({ kind: "git", location, name: location, ...(ref && { ref }), ...more }, web);
  }

  test.each([
    ["the default branch", undefined, "main"],
    ["a branch", "main", "main"],
    ["a tag", "v1", "first"],
    ["an annotated tag", "v1.1", "first"],
    ["a whole name", "refs/tags/v1", "first"],
  ])("reads %s", async (_, ref, commit) => {
    const bundle = await read(ref);
    expect(bundle.digest).toBe(`sha1:${commits[commit]}`);
    expect(bundle.origin).toBe(`https://git.example.io/open${ref ? `@${ref}` : ""}`);
  });

  test("gives the files of a commit, deltas undone, and no links", async () => {
    const bundle = await read(commits["main"]);
    const git = server.repository("open");
    const names = git.run("ls-tree", "-r", "-z", "--name-only", commits["main"] ?? "").split("\0");
    expect([...bundle.files.keys()]).toEqual(
      names.filter((name) => name !== "" && name !== "link").sort(),
    );
    for (const [path, bytes] of bundle.files) {
      const blob = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
      expect(blob).toBe(git.run("rev-parse", `${commits["main"]}:${path}`));
    }
  });

  test("an older commit is read by its name", async () => {
    const bundle = await read(commits["first"]);
    expect([...bundle.files.keys()]).toEqual(["katalog.yaml", "web/crd.yaml"]);
  });

  test.each([
    ["basic", basicCredentials("jo", "secret-1", ["U", "P"])],
    ["github", tokenCredentials("github", "secret-2", "T")],
  ])("authenticates by %s", async (_, credentials) => {
    const location = "https://git.example.io/private";
    const bundle = await read(undefined, { location, credentials });
    expect([...bundle.files.keys()]).toEqual(["katalog.yaml"]);
  });

  const PRIVATE = { location: "https://git.example.io/private" };

  test.each([
    { what: "an unknown ref", ref: "nope", said: 'it has no tag, branch or commit "nope"' },
    { what: "half of a commit", ref: "abcdef0", said: 'no tag, branch or commit "abcdef0"' },
    { what: "a commit that is not there", ref: "1".repeat(40), said: "its server refuses" },
    { what: "a tag and a branch of one name", ref: "both", said: '"both" is a tag and a branch' },
    { what: "no repository", more: { location: "https://git.example.io/none" }, said: "404" },
    { what: "no credentials", more: PRIVATE, said: "401" },
  ])("$what is told", async ({ ref, more = {}, said }) => {
    const failure = await read(ref, more).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: "SourceError", message: expect.stringContaining(said) });
    expect(String(failure)).not.toContain("secret");
  });
});

const LIMITS = { objects: 100, bytes: 100_000 };
const name = (text: string) => createHash("sha1").update(`blob ${text.length}\0${text}`).digest();
const DELTA = Buffer.from([5, 6, 0x90 | 0, 5, 1, 0x21].slice(0, 2).concat([0x91, 0, 5, 1, 0x21]));

test("readPack() undoes deltas by name, whatever their order", () => {
  const pack = packOf([
    { type: 7, before: name("hello"), data: DELTA },
    { type: 3, data: Buffer.from("hello") },
  ]);
  const objects = readPack(pack, LIMITS);
  expect(Buffer.from(objects.get(name("hello!").toString("hex"))?.data ?? []).toString()).toBe(
    "hello!",
  );
});

const blob = { type: 3, data: Buffer.from("hello") };
function resummed(pack: Buffer, change: (pack: Buffer) => void): Buffer {
  const body = Buffer.from(pack.subarray(0, -20));
  change(body);
  return summed(body);
}

test.each<[string, Buffer, RegExp]>([
  ["nothing", Buffer.alloc(0), /no pack/],
  ["a changed byte", Buffer.from(packOf([blob]).map((b, i) => (i === 15 ? b ^ 1 : b))), /checksum/],
  ["a cut", packOf([blob]).subarray(0, 30), /checksum|no pack/],
  ["too many objects", packOf(Array.from({ length: 101 }, () => blob)), /the limit is 100/],
  ["a bomb", packOf([{ type: 3, data: Buffer.alloc(200_000) }]), /more than 100000 bytes/],
  ["a size that lies", resummed(packOf([blob]), (p) => p.writeUInt8((3 << 4) | 4, 12)), /unpacked/],
  ["an unknown type", packOf([{ type: 5, data: Buffer.from("x") }]), /type 5/],
  ["a base that is not there", packOf([{ type: 7, before: name("none"), data: DELTA }]), /lacks/],
  [
    "a base before the pack",
    packOf([{ type: 6, before: Buffer.from([0x7f]), data: DELTA }]),
    /lacks|before/,
  ],
  [
    "a delta that copies too much",
    packOf([blob, { type: 7, before: name("hello"), data: Buffer.from([5, 9, 0x91, 1, 9]) }]),
    /copies|middle|order/,
  ],
  [
    "a delta of another base",
    packOf([blob, { type: 7, before: name("hello"), data: Buffer.from([4, 1, 1, 65]) }]),
    /another object/,
  ],
  [
    "more objects than it says",
    resummed(packOf([blob, blob]), (p) => p.writeUInt32BE(1, 8)),
    /goes on/,
  ],
  ["fewer objects than it says", resummed(packOf([blob]), (p) => p.writeUInt32BE(2, 8)), /ends/],
])("readPack() refuses %s", (_, pack, said) => {
  expect(() => readPack(pack, LIMITS)).toThrow(PackError);
  expect(() => readPack(pack, LIMITS)).toThrow(said);
});

test("packets are read as they are written, and what is none is refused", () => {
  const bytes = encodePackets(["command=fetch", null, "done"]);
  const packets = decodePackets(bytes);
  expect(typeof packets === "string" ? packets : packets.map(({ kind }) => kind)).toEqual([
    "data",
    "delimiter",
    "data",
    "flush",
  ]);
  for (const text of ["0", "zzzz", "0003", "0010abc", "<htm"]) {
    expect(decodePackets(new TextEncoder().encode(text))).toBe("the answer ends in the middle");
  }
  for (const text of ["0000", "0004", "0005a", "0002"]) {
    const many = decodePackets(new TextEncoder().encode(text.repeat(400_000)));
    expect(many).toBe("it is more than 100000 packets");
  }
});
