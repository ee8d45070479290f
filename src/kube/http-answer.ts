/**
 * Reads one HTTP/1.1 answer from the bytes of a connection. Pure: bytes in, an answer out.
 *
 * Guarantees: the same answer however the bytes are cut; an answer is complete only when its own
 * framing says so, so that a connection that breaks is never taken for the end of a body.
 * Source: RFC 9112, sections 4 (status line), 6 (message body) and 7.1 (chunked).
 */

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/** What is being read; the number is of bytes that are still to come. */
type Reading =
  | { readonly kind: "head" }
  | { readonly kind: "body"; left: number }
  | { readonly kind: "until-close" }
  | { readonly kind: "chunk-size" }
  | { readonly kind: "chunk"; left: number }
  | { readonly kind: "trailer" }
  | { readonly kind: "done" };

interface Head extends Omit<HttpAnswer, "body"> {
  readonly isReusable: boolean;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");
const NOTHING = Buffer.alloc(0);
/** Of head, size line or trailer: more than any server sends. */
const MAX_TEXT_BYTES = 256 << 10;

export class AnswerReader {
  #reading: Reading = { kind: "head" };
  #head: Head | undefined;
  /** Of a head or line that is not complete yet. */
  #rest: Buffer | undefined;
  readonly #body: Buffer[] = [];

  /** Some of its bytes have come. */
  get hasBegun(): boolean {
    return this.#head !== undefined || this.#rest !== undefined;
  }

  /** It is complete, and another request may follow on the connection. */
  get isReusable(): boolean {
    return this.#head?.isReusable === true && this.#reading.kind === "done";
  }

  /** The answer when these bytes complete it. @throws Error for what is no HTTP/1.1 */
  push(bytes: Buffer): HttpAnswer | undefined {
    let rest = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = undefined;
    while (this.#reading.kind !== "done") {
      const used = this.#read(rest);
      if (used === undefined) {
        this.#keep(rest);
        return undefined;
      }
      rest = rest.subarray(used);
    }
    // More than one answer to one request: who comes next must not be given it.
    if (rest.length > 0) throw garbled("something behind its end");
    return this.#answer();
  }

  /** The connection ended. The answer when that is how it ends; nothing when it is cut short. */
  end(): HttpAnswer | undefined {
    return this.#reading.kind === "until-close" ? this.#answer() : undefined;
  }

  /** How many bytes were used; nothing when more are needed. */
  #read(bytes: Buffer): number | undefined {
    const reading = this.#reading;
    switch (reading.kind) {
      case "head":
        return this.#readHead(bytes);
      case "body":
      case "chunk":
        return this.#readPart(bytes, reading);
      case "until-close":
        if (bytes.length > 0) this.#body.push(bytes);
        return undefined;
      case "chunk-size":
        return this.#readSize(bytes);
      case "trailer":
        return this.#readTrailer(bytes);
      case "done":
        return undefined;
      default:
        return reading satisfies never;
    }
  }

  #readHead(bytes: Buffer): number | undefined {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return undefined;
    const text = bytes.toString("latin1", 0, end);
    const [, minor, code] = STATUS_LINE.exec(text) ?? [];
    if (code === undefined) throw garbled("no status line");
    const status = Number(code);
    // An interim answer: the one that is meant follows.
    if (status >= 100 && status < 200) return end + HEAD_END.length;
    const fields = readFields(text);
    this.#reading = bodyOf(status, fields);
    const isClosing = /\bclose\b/i.test(fields.connection ?? "") || minor === "0";
    this.#head = {
      status,
      retryAfter: fields["retry-after"],
      contentType: fields["content-type"],
      isReusable: !isClosing,
    };
    return end + HEAD_END.length;
  }

  #readPart(bytes: Buffer, reading: Extract<Reading, { left: number }>): number | undefined {
    if (bytes.length === 0) return undefined;
    const part = bytes.subarray(0, reading.left);
    this.#body.push(part);
    reading.left -= part.length;
    if (reading.left === 0) {
      this.#reading = { kind: reading.kind === "body" ? "done" : "chunk-size" };
    }
    return part.length;
  }

  /** The line end behind a chunk is the empty line in front of the next size. */
  #readSize(bytes: Buffer): number | undefined {
    const start = bytes.subarray(0, 2).equals(LINE_END) && this.#body.length > 0 ? 2 : 0;
    const end = bytes.indexOf(LINE_END, start);
    if (end < 0) return undefined;
    const [, digits] =
      /^([0-9a-fA-F]{1,8})\s*(?:;.*)?$/.exec(bytes.toString("latin1", start, end)) ?? [];
    if (digits === undefined) throw garbled("a chunk without a size");
    const left = Number.parseInt(digits, 16);
    this.#reading = left === 0 ? { kind: "trailer" } : { kind: "chunk", left };
    return end + LINE_END.length;
  }

  #readTrailer(bytes: Buffer): number | undefined {
    const end = bytes.indexOf(LINE_END);
    if (end < 0) return undefined;
    if (end === 0) this.#reading = { kind: "done" };
    return end + LINE_END.length;
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0 || this.#reading.kind === "until-close") return;
    if (rest.length > MAX_TEXT_BYTES) throw garbled(`a head of over ${MAX_TEXT_BYTES} bytes`);
    this.#rest = rest;
  }

  #answer(): HttpAnswer {
    const [only, second] = this.#body;
    const whole = only === undefined || second === undefined ? only : Buffer.concat(this.#body);
    return {
      status: this.#head?.status ?? 0,
      retryAfter: this.#head?.retryAfter,
      contentType: this.#head?.contentType,
      body: whole ?? NOTHING,
    };
  }
}

type FieldName =
  | "connection"
  | "content-length"
  | "content-type"
  | "transfer-encoding"
  | "retry-after";
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |\r|$)/;
/** The header fields that matter, of all lines of a head. */
const FIELDS = /\n(connection|content-(?:length|type)|transfer-encoding|retry-after):([^\r\n]*)/gi;

function readFields(head: string): { readonly [name in FieldName]?: string } {
  const fields: { [name in FieldName]?: string } = {};
  for (const [, name = "", value = ""] of head.matchAll(FIELDS)) {
    fields[name.toLowerCase() as FieldName] = value.trim();
  }
  return fields;
}

function bodyOf(status: number, fields: ReturnType<typeof readFields>): Reading {
  if (status === 204 || status === 304) return { kind: "done" };
  const coding = fields["transfer-encoding"];
  if (coding !== undefined) {
    if (coding.toLowerCase() !== "chunked") throw garbled(`the transfer coding "${coding}"`);
    return { kind: "chunk-size" };
  }
  const length = fields["content-length"];
  if (length === undefined) return { kind: "until-close" };
  if (!/^\d+$/.test(length)) throw garbled(`the length "${length}"`);
  return length === "0" ? { kind: "done" } : { kind: "body", left: Number(length) };
}

function garbled(what: string): Error {
  return new Error(`Cannot read an HTTP answer: it has ${what}`);
}
