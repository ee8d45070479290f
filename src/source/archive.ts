/**
 * Archives (`tar` and `tar.gz`) ⇄ files in memory.
 *
 * Guarantees: nothing is written anywhere; what is read is bounded in size, number and ratio, and the
 * reading stops where a bound is passed; links, devices, paths that lead out, and names of which two
 * could be one file on some disk are refused. What is written depends on the files alone: not on
 * their order, the clock, the user or the runtime.
 *
 * Source: POSIX.1-2017 pax, "ustar Interchange Format"; RFC 1952.
 */
import { createGunzip, gzipSync } from "node:zlib";
import { packTar, type TarHeader, unpackTar } from "modern-tar";
import { ArchiveNames } from "./archive-names.ts";
import type { Ledger } from "./ledger.ts";
import { SourceError } from "./source-error.ts";
import { TarTypes } from "./tar-types.ts";

export interface ArchiveLimits {
  /** Of the archive as it comes. */
  readonly packedBytes: number;
  /** Of the tar stream in it. */
  readonly unpackedBytes: number;
  readonly fileBytes: number;
  /** Files, folders and everything else. */
  readonly entries: number;
  /** Unpacked to packed; small archives are let be. */
  readonly ratio: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  packedBytes: 10 * 1024 * 1024,
  unpackedBytes: 100 * 1024 * 1024,
  fileBytes: 5 * 1024 * 1024,
  entries: 10_000,
  ratio: 100,
};

/** Files of zeros that fit in here harm nobody, and tar itself pads small files with many. */
const RATIO_FLOOR_BYTES = 1024 * 1024;

export interface ReadArchiveOptions {
  /** How messages name it. */
  readonly name: string;
  readonly limits?: Partial<ArchiveLimits>;
  /** What it counts for beside its own limits. */
  readonly ledger?: Ledger | undefined;
}

/** Path → content, sorted by path. Throws `SourceError`. */
export async function readTarGz(
  bytes: Uint8Array,
  { name, limits, ledger }: ReadArchiveOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const bounds = { ...ARCHIVE_LIMITS, ...limits };
  if (bytes.length > bounds.packedBytes) {
    const found = `it is ${bytes.length} bytes packed, the limit is ${bounds.packedBytes}`;
    throw archiveFault(name, found);
  }
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip) throw archiveFault(name, "it is no gzip archive");
  const stream = bounded(unzipped(bytes), { name, packed: bytes.length, bounds, ledger });
  return readEntries(stream, name, bounds);
}

/** The same for an archive that is not compressed. */
export async function readTar(
  bytes: Uint8Array,
  { name, limits, ledger }: ReadArchiveOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const bounds = { ...ARCHIVE_LIMITS, ...limits };
  const whole = (async function* () {
    yield bytes;
  })();
  const stream = bounded(whole, { name, packed: bytes.length, bounds, ledger });
  return readEntries(stream, name, bounds);
}

/** The same bytes for the same files. Nothing is compressed: that differs between runtimes. */
export async function writeTarGz(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const names = new ArchiveNames("the archive");
  const entries = [...files]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([path, data]) => ({
      header: {
        name: names.addFile(path),
        size: data.length,
        type: "file" as const,
        mode: 0o644,
        uid: 0,
        gid: 0,
        mtime: new Date(0),
      },
      data: new Uint8Array(data),
    }));
  const zipped = gzipSync(await packTar(entries), { level: 0 });
  zipped[OS_BYTE] = UNKNOWN_OS;
  return zipped;
}

/** Where gzip says on which system it was made. Source: RFC 1952 section 2.3. */
const OS_BYTE = 9;
const UNKNOWN_OS = 255;

function archiveFault(name: string, found: string, cause?: unknown): SourceError {
  const hint = "Was it made by a tool, or by somebody who means harm?";
  return new SourceError("archive", `Cannot unpack "${name}": ${found}`, { cause, hint });
}

async function* unzipped(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  const gunzip = createGunzip();
  gunzip.end(bytes);
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } finally {
    gunzip.destroy();
  }
}

interface Bounded {
  readonly name: string;
  readonly packed: number;
  readonly bounds: ArchiveLimits;
  readonly ledger: Ledger | undefined;
}

async function* bounded(
  chunks: AsyncIterable<Uint8Array>,
  { name, packed, bounds, ledger }: Bounded,
): AsyncGenerator<Uint8Array, void> {
  const { unpackedBytes, ratio } = bounds;
  const types = new TarTypes();
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > unpackedBytes) {
      throw archiveFault(name, `it is larger than ${unpackedBytes} bytes unpacked, the limit`);
    }
    if (size > RATIO_FLOOR_BYTES && size > packed * ratio) {
      throw archiveFault(name, `it unpacks to more than ${ratio} times its size`);
    }
    ledger?.take(chunk.length, name);
    const strange = types.read(chunk);
    if (strange !== undefined) throw archiveFault(name, `it holds ${strange}`);
    yield chunk;
  }
}

async function readEntries(
  chunks: AsyncGenerator<Uint8Array, void>,
  name: string,
  { entries, fileBytes }: ArchiveLimits,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = new ArchiveNames(name);
  let count = 0;
  const unpacked = await unpackTar(streamOf(chunks), {
    strict: true,
    filter(header) {
      if (++count > entries) throw archiveFault(name, `it holds more than ${entries} entries`);
      checkKind(header, name);
      if (header.size > fileBytes) {
        throw archiveFault(
          name,
          `it holds a file of ${header.size} bytes, the limit is ${fileBytes}`,
        );
      }
      if (header.type === "directory") names.addFolder(header.name);
      return header.type !== "directory";
    },
    map: (header) => ({ ...header, name: names.addFile(header.name) }),
  }).catch((error: unknown) => {
    throw error instanceof SourceError ? error : archiveFault(name, reasonOf(error), error);
  });
  const files = unpacked.map(
    ({ header, data }) => [header.name, data ?? new Uint8Array()] as [string, Uint8Array],
  );
  return new Map(files.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function checkKind({ type = "file", pax = {} }: TarHeader, name: string): void {
  if (type !== "file" && type !== "directory") {
    throw archiveFault(name, `it holds a ${WORDS[type] ?? "special file"}`);
  }
  if (Object.keys(pax).some((key) => key.startsWith("GNU.sparse."))) {
    throw archiveFault(name, "it holds a sparse file");
  }
  // Only what is larger than 8 GiB has to say its size there; two sizes would be two archives.
  if (pax["size"] !== undefined) throw archiveFault(name, "it says the size of a file twice");
}

const WORDS: Readonly<Record<string, string>> = {
  link: "hard link",
  symlink: "symbolic link",
  "character-device": "device",
  "block-device": "device",
  fifo: "named pipe",
};

function streamOf(chunks: AsyncGenerator<Uint8Array, void>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await chunks.return();
    },
  });
}

/** The messages of the libraries say nothing of the content. */
function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code?.startsWith("Z_") || code?.startsWith("ERR_")) return `it is damaged (${code})`;
  return "it is damaged, or no tar archive";
}
