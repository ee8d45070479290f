/**
 * The packets that git's wire is made of: a length in four hex digits, then so many bytes.
 * Source: gitprotocol-common(5), "pkt-line format"; gitprotocol-v2(5), "Packet-Line Framing".
 */

export type Packet =
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  /** `0000`: the end of a message. */
  | { readonly kind: "flush" }
  /** `0001`: between the sections of a message. */
  | { readonly kind: "delimiter" };

/** A request: `null` is a delimiter; a flush ends it. */
export function encodePackets(lines: readonly (string | null)[]): Uint8Array {
  const parts = lines.map((line) => {
    if (line === null) return "0001";
    const text = `${line}\n`;
    return (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
  });
  return new TextEncoder().encode(`${parts.join("")}0000`);
}

/** git fills its packets: an answer of 10 MiB has a few hundred, a list of refs one for each. */
const MAX_PACKETS = 100_000;

/** Words when the bytes are no packets: they were cut off, or it is not git that answered. */
export function decodePackets(bytes: Uint8Array): readonly Packet[] | string {
  const packets: Packet[] = [];
  let count = 0;
  for (let offset = 0; offset < bytes.length; ) {
    if (++count > MAX_PACKETS) return `it is more than ${MAX_PACKETS} packets`;
    const length = lengthAt(bytes, offset);
    if (length === undefined || offset + Math.max(length, 4) > bytes.length) return CUT;
    packets.push(...packetOf(length, bytes.subarray(offset + 4, offset + length)));
    offset += Math.max(length, 4);
  }
  return packets;
}

const CUT = "the answer ends in the middle";

/** The lengths below 4 are marks; 3 is none of them. */
function lengthAt(bytes: Uint8Array, offset: number): number | undefined {
  const digits = Buffer.from(bytes.subarray(offset, offset + 4)).toString("latin1");
  const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
  return length === 3 ? undefined : length;
}

function packetOf(length: number, bytes: Uint8Array): readonly Packet[] {
  switch (length) {
    case 0:
      return [{ kind: "flush" }];
    case 1:
      return [{ kind: "delimiter" }];
    case 2:
      // The end of the whole answer, which over HTTP ends by itself.
      return [];
    default:
      return [{ kind: "data", bytes }];
  }
}

/** The line of a packet, without its end. */
export function packetText(packet: Packet): string | undefined {
  if (packet.kind !== "data") return undefined;
  return Buffer.from(packet.bytes).toString("utf8").replace(/\n$/, "");
}
