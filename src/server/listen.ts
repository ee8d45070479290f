/** `--listen`: an address in Go's notation. */

export type ListenAddress =
  | { readonly kind: "off" }
  | { readonly kind: "tcp"; readonly host: string | undefined; readonly port: number };

/**
 * `host:port`, `:port` (all interfaces), a bare port (loopback), or `0` for off. Port 0 in
 * `host:0` takes a free one. `undefined` when the text is none of these.
 */
export function parseListen(text: string): ListenAddress | undefined {
  if (text === "0" || text === "off") return { kind: "off" };
  const match = /^(?:(?<host>\[[0-9a-fA-F:]+\]|[^:\s]*)(?<colon>:))?(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.["port"]);
  if (!match || port > 65_535) return undefined;
  if (!match.groups?.["colon"]) return { kind: "tcp", host: "127.0.0.1", port };
  const host = match.groups["host"]?.replace(/^\[|\]$/g, "");
  return { kind: "tcp", host: host || undefined, port };
}
