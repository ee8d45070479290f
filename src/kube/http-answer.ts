/**
 * One HTTP/1.1 answer from the bytes of a connection: a state machine that is fed chunks which end
 * anywhere. Pure; knows of no socket.
 *
 * Reads what API servers and the gateways before them send: a length, chunks with or without
 * trailers, or a body that ends with the connection; interim answers (1xx) are passed over.
 * Source: RFC 9112 (https://www.rfc-editor.org/rfc/rfc9112).
 */

export interface AnswerHead {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The server will take another request on this connection. */
  readonly isReusable: boolean;
}

type State =
  | { readonly kind: "head" }
  | { readonly kind: "length"; left: number }
  | { readonly kind: "chunk-size" }
  | { readonly kind: "chunk"; left: number }
  | { readonly kind: "chunk-end" }
  | { readonly kind: "trailer" }
  | { readonly kind: "until-close" }
  | { readonly kind: "done" };

const HEAD_END = "\r\n\r\n";
const LINE_END = "\r\n";
/** kube-apiserver's heads have some hundred bytes. */
const MAX_HEAD_BYTES = 64 << 10;

export class AnswerReader {
  #state: State = { kind: "head" };
  #head: AnswerHead | undefined;
  #rest: Buffer = Buffer.alloc(0);
  readonly #body: Buffer[] = [];

  /** Set once the head was read. */
  get head(): AnswerHead | undefined {
    return this.#head;
  }

  get isDone(): boolean {
    return this.#state.kind === "done";
  }

  /** More came than belongs to this answer. */
  get hasExcess(): boolean {
    return this.isDone && this.#rest.length > 0;
  }

  get body(): string {
    const [only] = this.#body;
    if (only === undefined) return "";
    return (this.#body.length === 1 ? only : Buffer.concat(this.#body)).toString("utf8");
  }

  /** @throws Error when these bytes are no HTTP */
  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#step());
  }

  /** The connection ended. True when that completes the answer. */
  end(): boolean {
    if (this.#state.kind === "until-close") this.#state = { kind: "done" };
    return this.isDone;
  }

  /** True when it got further. */
  #step(): boolean {
    const state = this.#state;
    switch (state.kind) {
      case "head":
        return this.#readHead();
      case "length":
        if (this.#take(state) && state.left === 0) this.#state = { kind: "done" };
        return false;
      case "chunk-size":
        return this.#readChunkSize();
      case "chunk":
        if (!this.#take(state) || state.left > 0) return false;
        this.#state = { kind: "chunk-end" };
        return true;
      case "chunk-end":
        return this.#readChunkEnd();
      case "trailer":
        return this.#readTrailer();
      case "until-close":
        this.#body.push(this.#rest);
        this.#rest = NOTHING;
        return false;
      case "done":
        return false;
      default:
        return state satisfies never;
    }
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#rest.length > MAX_HEAD_BYTES) throw garbled("its head does not end");
      return false;
    }
    const lines = this.#rest.toString("latin1", 0, end).split(LINE_END);
    this.#rest = this.#rest.subarray(end + HEAD_END.length);
    const parsed = parseHead(lines);
    if (parsed.head.status < 200) return true;
    this.#head = parsed.head;
    this.#state = parsed.body;
    return this.#state.kind !== "done";
  }

  /** Moves what is there of the body, up to what is still to come; false when nothing is. */
  #take(state: { left: number }): boolean {
    if (this.#rest.length === 0) return false;
    const part = this.#rest.subarray(0, state.left);
    this.#body.push(part);
    this.#rest = this.#rest.subarray(part.length);
    state.left -= part.length;
    return true;
  }

  #readChunkSize(): boolean {
    const line = this.#readLine();
    if (line === undefined) return false;
    const [text = ""] = line.split(";");
    if (!/^[0-9a-f]{1,8}\s*$/i.test(text)) throw garbled("a chunk has no size");
    const left = Number.parseInt(text, 16);
    this.#state = left === 0 ? { kind: "trailer" } : { kind: "chunk", left };
    return true;
  }

  #readChunkEnd(): boolean {
    const line = this.#readLine();
    if (line === undefined) return false;
    if (line !== "") throw garbled("a chunk is longer than its size");
    this.#state = { kind: "chunk-size" };
    return true;
  }

  #readTrailer(): boolean {
    const line = this.#readLine();
    if (line === undefined) return false;
    if (line === "") this.#state = { kind: "done" };
    return line !== "";
  }

  #readLine(): string | undefined {
    const end = this.#rest.indexOf(LINE_END);
    if (end < 0) {
      if (this.#rest.length > MAX_HEAD_BYTES) throw garbled("a line does not end");
      return undefined;
    }
    const line = this.#rest.toString("latin1", 0, end);
    this.#rest = this.#rest.subarray(end + LINE_END.length);
    return line;
  }
}

const NOTHING = Buffer.alloc(0);
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |$)/;

function parseHead([first = "", ...lines]: readonly string[]): {
  readonly head: AnswerHead;
  readonly body: State;
} {
  const [, minor, code] = STATUS_LINE.exec(first) ?? [];
  if (code === undefined) throw garbled(`it begins with "${first.slice(0, 40)}"`);
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const status = Number(code);
  const body = bodyOf(status, fields);
  const connection = fields.get("connection")?.toLowerCase() ?? "";
  const isKept = minor === "1" ? connection !== "close" : connection === "keep-alive";
  const isReusable = isKept && body.kind !== "until-close";
  return { head: { status, retryAfter: fields.get("retry-after"), isReusable }, body };
}

function bodyOf(status: number, fields: ReadonlyMap<string, string>): State {
  if (status < 200 || status === 204 || status === 304) return { kind: "done" };
  const encoding = fields.get("transfer-encoding");
  if (encoding !== undefined) {
    if (encoding.toLowerCase() !== "chunked") throw garbled(`its encoding is "${encoding}"`);
    return { kind: "chunk-size" };
  }
  const length = fields.get("content-length");
  if (length === undefined) return { kind: "until-close" };
  if (!/^\d{1,15}$/.test(length)) throw garbled(`its length is "${length}"`);
  const left = Number(length);
  return left === 0 ? { kind: "done" } : { kind: "length", left };
}

function garbled(problem: string): Error {
  return new Error(`Cannot read an answer as HTTP: ${problem}`);
}
