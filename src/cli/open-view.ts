/**
 * Opens the view where `--listen` says, or where it belongs when nothing says so: before anything is
 * written, so that an address that is taken stops the start.
 */
import type { RuntimeView } from "../runtime/view.ts";
import { type ListenAddress, parseListen } from "../server/listen.ts";
import { startViewServer, type ViewServer } from "../server/server.ts";
import type { Clock } from "../std/clock.ts";
import { causes, type Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { addressFault } from "./address-fault.ts";
import type { Flags } from "./flags.ts";
import { type Io, isInCluster } from "./io.ts";
import { OperationalError } from "./usage-error.ts";

export interface ViewParts {
  readonly io: Io;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** `undefined` until it runs. */
  view(): RuntimeView | undefined;
  readonly clock: Clock;
}

/** Where `--listen` says. Throws when it says nothing that can be understood. */
export function viewAddress(flags: Flags, io: Io): ListenAddress {
  const text = addressText(flags, io);
  const address = parseListen(text);
  if (address) return address;
  throw addressFault(flags, io, "host:port, :port or 0");
}

/**
 * `undefined` when it is off. A port that is taken is an error where somebody asked for it; the
 * default outside a cluster then steps aside with a warning, so that two may run on one machine.
 */
export async function openView(flags: Flags, parts: ViewParts): Promise<ViewServer | undefined> {
  const { io, log } = parts;
  const address = viewAddress(flags, io);
  if (address.kind === "off") return undefined;
  const { host, port } = address;
  try {
    return await startViewServer({ ...parts, host, port });
  } catch (error) {
    const message = `Cannot listen on "${addressText(flags, io)}": use another address with --listen, or --listen 0 for none`;
    if (flags.has("listen") || isInCluster(io))
      throw new OperationalError(message, { cause: error });
    log.warn(message, { reason: causes(error).join(": ") });
    return undefined;
  }
}

function addressText(flags: Flags, io: Io): string {
  return flags.text("listen") ?? defaultAddress(io);
}

function defaultAddress(io: Io): string {
  const port = io.env["ORK_PORT"] ?? "8080";
  return isInCluster(io) ? `:${port}` : `127.0.0.1:${port}`;
}
