/** One watch on its way through the fault proxy: its lines, and what is done to them. */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ArmedFault,
  type EventAct,
  type EventFault,
  matchesEvent,
  type WireEvent,
} from "./fault-proxy-plan.ts";
import type { KubeRequest } from "./fault-proxy-request.ts";

export interface StreamContext {
  readonly watch: KubeRequest;
  /** Asked anew for each event. */
  readonly faults: () => readonly ArmedFault<EventFault>[];
  /** Resolves when held events may go on. */
  readonly released: () => Promise<void>;
}

/** Events that wait behind one that is to be merged: a stream keeps its order. */
interface Window {
  readonly events: WireEvent[];
  /** uids of the objects of which only the last event is told. */
  readonly merged: Set<string>;
}

const FLUSH_MS = 10;

/** How the proxy goes on after a line. */
type Verdict = "go on" | "end" | "reset";

export class FaultyStream {
  readonly #response: ServerResponse;
  readonly #context: StreamContext;
  #window: Window | undefined;
  #rest = Buffer.alloc(0);
  #isMute = false;
  #drip: { readonly bytes: number; readonly everyMs: number } | undefined;

  constructor(response: ServerResponse, context: StreamContext) {
    this.#response = response;
    this.#context = context;
  }

  /** Passes everything on; resolves when the stream has ended on either side. */
  async pipe(chunks: AsyncIterable<Uint8Array>): Promise<Verdict> {
    for await (const chunk of chunks) {
      for (const line of this.#lines(chunk)) {
        const verdict = await this.line(line);
        if (verdict !== "go on") return verdict;
      }
    }
    await this.#closeWindow();
    return this.#isMute ? "go on" : "end";
  }

  async line(line: string): Promise<Verdict> {
    const event = JSON.parse(line) as WireEvent;
    const armed = this.#context
      .faults()
      .find((one) => matchesEvent(this.#context.watch, event, one.fault.match) && one.takes());
    if (this.#window !== undefined) return this.#wait(event, armed?.fault.act);
    return armed === undefined ? this.#write(`${line}\n`) : this.#act(armed.fault, event, line);
  }

  async #act({ act }: EventFault, event: WireEvent, line: string): Promise<Verdict> {
    switch (act.kind) {
      case "drop":
        return "go on";
      case "double":
        return this.#write(`${line}\n${line}\n`);
      case "merge":
        this.#window = { events: [], merged: new Set() };
        setTimeout(() => void this.#closeWindow(), act.withinMs);
        return this.#wait(event, act);
      case "delay":
        await sleep(act.ms);
        return this.#write(`${line}\n`);
      case "hold":
        await this.#context.released();
        return this.#write(`${line}\n`);
      case "cut":
        await this.#write(cutInside(line, act.inside));
        // The reader must have got that much: a reset throws away what was not sent yet.
        await sleep(FLUSH_MS);
        return act.how;
      case "end":
        return "end";
      case "stall":
        this.#isMute = true;
        return "go on";
      case "garble":
        return this.#write(`${line.slice(0, line.length / 2)}\n`);
      case "error":
        await this.#write(`${JSON.stringify(errorEvent(act))}\n`);
        return "end";
      case "drip":
        this.#drip = act;
        return this.#write(`${line}\n`);
      default:
        return act satisfies never;
    }
  }

  #wait(event: WireEvent, act: EventAct | undefined): Verdict {
    const { events, merged } = this.#window as Window;
    if (act?.kind === "merge") merged.add(uidOf(event));
    if (act?.kind !== "drop") events.push(event);
    if (act?.kind === "double") events.push(event);
    return "go on";
  }

  /** Tells what a watch that was behind tells: of a merged object its last state, or nothing at all. */
  async #closeWindow(): Promise<void> {
    if (this.#window === undefined) return;
    const { events, merged } = this.#window;
    this.#window = undefined;
    for (const [index, event] of events.entries()) {
      const uid = uidOf(event);
      const isLast = !events.slice(index + 1).some((later) => uidOf(later) === uid);
      if (!merged.has(uid)) await this.#write(`${JSON.stringify(event)}\n`);
      else if (isLast)
        await this.#writeMerged(
          events.find((one) => uidOf(one) === uid),
          event,
        );
    }
  }

  async #writeMerged(first: WireEvent | undefined, last: WireEvent): Promise<void> {
    const isNew = first?.type === "ADDED";
    if (isNew && last.type === "DELETED") return;
    await this.#write(`${JSON.stringify({ ...last, type: isNew ? "ADDED" : last.type })}\n`);
  }

  async #write(text: string | Buffer): Promise<Verdict> {
    if (this.#isMute || this.#response.destroyed) return "go on";
    const bytes = Buffer.from(text);
    if (this.#drip === undefined) {
      this.#response.write(bytes);
      return "go on";
    }
    for (let start = 0; start < bytes.length; start += this.#drip.bytes) {
      this.#response.write(bytes.subarray(start, start + this.#drip.bytes));
      await sleep(this.#drip.everyMs);
    }
    return "go on";
  }

  *#lines(chunk: Uint8Array): Generator<string> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let end = this.#rest.indexOf(10); end >= 0; end = this.#rest.indexOf(10)) {
      const line = this.#rest.toString("utf8", 0, end);
      this.#rest = this.#rest.subarray(end + 1);
      if (line !== "") yield line;
    }
  }
}

function uidOf({ object }: WireEvent): string {
  return object.metadata?.uid ?? "";
}

/** Breaks the connection as a crash does, not as an answer that is complete. */
export function breakOff(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null || socket.destroyed) response.destroy();
  else socket.resetAndDestroy();
}

/** The first part of a line, up to its middle or to the middle of its first character of several bytes. */
function cutInside(line: string, inside: "line" | "character"): Buffer {
  const bytes = Buffer.from(line);
  if (inside === "line") return bytes.subarray(0, bytes.length / 2);
  const lead = bytes.findIndex((byte) => byte >= 0xc0);
  if (lead < 0) throw new Error(`Cannot cut inside of a character: all are ASCII in ${line}`);
  return bytes.subarray(0, lead + 1);
}

function errorEvent({ status, reason }: { readonly status: number; readonly reason: string }) {
  return { type: "ERROR", object: statusObject(status, reason) };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export function statusObject(code: number, reason: string, retryAfterSeconds?: number) {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `injected: ${reason}`,
    reason,
    code,
    ...(retryAfterSeconds !== undefined && { details: { retryAfterSeconds } }),
  };
}
