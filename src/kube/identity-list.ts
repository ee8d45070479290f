/**
 * Reads the list of identities that an API server gives in protocol buffers: of each object its name,
 * namespace, uid and resourceVersion. Everything else, managed fields above all, is stepped over, where
 * JSON would have to be parsed whole: a third of the time, and next to no garbage.
 *
 * Sources: the envelope, https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding; the
 * numbers of fields, `generated.proto` of k8s.io/apimachinery (pkg/apis/meta/v1, pkg/runtime); the encoding,
 * https://protobuf.dev/programming-guides/encoding/.
 */
import type { JsonObject } from "../std/json.ts";

export const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

export function isProtobuf(contentType: string | undefined): boolean {
  return contentType?.startsWith(PROTOBUF_TYPE) === true;
}

/** In front of every object in this form. */
const MAGIC = Buffer.from("k8s\0");

/** Numbers of the fields that are read, by message. */
const ENVELOPE = { raw: 2 } as const;
const LIST = { metadata: 1, items: 2 } as const;
const LIST_META = ["", "", "resourceVersion", "continue"] as const;
const PARTIAL_OBJECT = { metadata: 1 } as const;
const OBJECT_META = ["", "name", "", "namespace", "", "uid", "resourceVersion"] as const;

/**
 * The list as it would be in JSON, with no more than said above.
 * @throws RangeError for bytes that are no such list
 */
export function readIdentityList(bytes: Buffer): JsonObject {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw garbled("other first bytes");
  const items: JsonObject[] = [];
  let metadata: JsonObject = {};
  eachField(bytes, { start: MAGIC.length, end: bytes.length }, (envelope, raw) => {
    if (envelope !== ENVELOPE.raw) return;
    eachField(bytes, raw, (field, span) => {
      if (field === LIST.metadata) metadata = readTexts(bytes, span, LIST_META);
      else if (field === LIST.items) items.push({ metadata: readMetadata(bytes, span) });
    });
  });
  return { metadata, items };
}

function readMetadata(bytes: Buffer, item: Span): JsonObject {
  let metadata: JsonObject | undefined;
  eachField(bytes, item, (field, span) => {
    if (field === PARTIAL_OBJECT.metadata) metadata = readTexts(bytes, span, OBJECT_META);
  });
  if (metadata === undefined) throw garbled("an item without metadata");
  return metadata;
}

/** The fields that have a name here, by their numbers; what is not there or empty is left out. */
function readTexts(bytes: Buffer, message: Span, names: readonly string[]): JsonObject {
  const texts: Record<string, string> = {};
  eachField(bytes, message, (field, { start, end }) => {
    const name = names[field];
    if (name && end > start) texts[name] = bytes.toString("utf8", start, end);
  });
  return texts;
}

/** A part of the bytes; `end` is behind it. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** How a value is written: the last three bits of what stands in front of it. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
/** Bytes of those that always take as many: of 64 and of 32 bits. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Calls `visit` for each field of the message that is a text or a message of its own. */
function eachField(
  bytes: Buffer,
  { start, end }: Span,
  visit: (field: number, span: Span) => void,
): void {
  let at = start;
  const readVarint = () => {
    let value = 0;
    for (let factor = 1; at < end; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    throw garbled("a number without an end");
  };
  while (at < end) {
    const tag = readVarint();
    const kind = tag % 8;
    if (kind === VARINT) {
      readVarint();
      continue;
    }
    const size = kind === LENGTH_DELIMITED ? readVarint() : FIXED[kind];
    if (size === undefined || size > end - at)
      throw garbled("a field that ends behind its message");
    if (kind === LENGTH_DELIMITED) visit(Math.floor(tag / 8), { start: at, end: at + size });
    at += size;
  }
}

function garbled(what: string): RangeError {
  return new RangeError(`Cannot read a list in protocol buffers: it has ${what}`);
}
