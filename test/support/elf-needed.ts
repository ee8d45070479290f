/** The shared libraries that an executable names (ELF `DT_NEEDED` and `PT_INTERP`, 64 bit, little endian). */
import { readFileSync } from "node:fs";

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Names as the loader looks them up, the loader itself first. @throws Error for anything but such a file */
export function sharedLibraries(path: string): readonly string[] {
  const bytes = readFileSync(path);
  if (bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) {
    throw new Error(`Cannot read "${path}": expected a 64 bit little endian ELF file`);
  }
  const segments = readSegments(bytes);
  const textAt = (offset: number) => bytes.toString("latin1", offset, bytes.indexOf(0, offset));
  const entries = segments
    .filter(({ type }) => type === PT_DYNAMIC)
    .flatMap((each) => readDynamic(bytes, each));
  const strings = entries.find(([tag]) => tag === DT_STRTAB);
  if (strings === undefined) throw new Error(`Cannot read "${path}": it has no dynamic strings`);
  const base = fileOffset(segments, strings[1]);
  const loader = segments
    .filter(({ type }) => type === PT_INTERP)
    .map(({ offset }) => textAt(offset));
  const needed = entries.filter(([tag]) => tag === DT_NEEDED).map(([, at]) => textAt(base + at));
  return [...loader, ...needed];
}

function readSegments(bytes: Buffer): readonly Segment[] {
  const start = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      type: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      address: Number(bytes.readBigUInt64LE(at + 16)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
    };
  });
}

function readDynamic(
  bytes: Buffer,
  { offset, size }: Segment,
): readonly (readonly [number, number])[] {
  return Array.from({ length: size / 16 }, (_, index) => {
    const at = offset + index * 16;
    return [Number(bytes.readBigUInt64LE(at)), Number(bytes.readBigUInt64LE(at + 8))] as const;
  });
}

function fileOffset(segments: readonly Segment[], address: number): number {
  const home = segments.find(
    (each) =>
      each.type === PT_LOAD && address >= each.address && address < each.address + each.size,
  );
  if (home === undefined) throw new Error(`Cannot find address ${address} in the file`);
  return address - home.address + home.offset;
}
