/** A request and its answer without sockets: what `http.ts` translates to and from the wire. */
import type { Json } from "../../std/json.ts";

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export type ApiResponse =
  | {
      readonly kind: "body";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: "stream";
      readonly headers: Readonly<Record<string, string>>;
      /** Begins to send; the returned function stops it, whoever ends first. */
      readonly start: (sink: StreamSink) => () => void;
    };

export interface StreamSink {
  send(text: string): void;
  end(): void;
}

export function jsonResponse(
  status: number,
  value: Json,
  options: { readonly warnings?: readonly string[]; readonly contentType?: string } = {},
): ApiResponse {
  return textResponse(status, JSON.stringify(value), {
    contentType: "application/json",
    ...options,
  });
}

export function textResponse(
  status: number,
  body: string,
  options: { readonly warnings?: readonly string[]; readonly contentType: string },
): ApiResponse {
  const { warnings = [], contentType } = options;
  return { kind: "body", status, headers: { "content-type": contentType }, body, warnings };
}
