/**
 * One request whose answer streams for minutes, over a connection of its own. The connection is dialled
 * first (`dial.ts`) and handed to the runtime's client, which reads the answer.
 */
import {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as send,
} from "node:http";
import type { Socket } from "node:net";
import { type DialTarget, dial } from "./dial.ts";
import type { HttpCall } from "./http-pool.ts";

/**
 * Resolves when the answer has begun. Whatever is under way ends, with the signal's reason as its error,
 * when the signal aborts.
 */
export function openStream(
  call: HttpCall,
  target: DialTarget,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  let end: (reason: unknown) => void;
  const onAbort = () => end(signal.reason);
  const release = () => signal.removeEventListener("abort", onAbort);
  const fail = (error: unknown) => {
    release();
    reject(error);
  };
  const giveUp = dial(target, {
    onConnected(socket) {
      const request = requestOver(socket, call);
      end = (reason) => request.destroy(reason as Error);
      request.once("response", (response) => {
        response.once("close", release);
        resolve(response);
      });
      request.once("error", fail);
      request.end(call.body);
    },
    onFailed: fail,
  });
  end = (reason) => {
    giveUp();
    fail(reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return promise;
}

function requestOver(socket: Socket, { method, url, headers, body }: HttpCall): ClientRequest {
  const { host, pathname, search } = new URL(url);
  const fields = {
    ...headers,
    Host: host,
    ...(body !== undefined && { "Content-Length": Buffer.byteLength(body) }),
  } as OutgoingHttpHeaders;
  const path = pathname + search;
  return send({ method, path, headers: fields, createConnection: () => socket });
}
