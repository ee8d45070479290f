/**
 * Resolves one Komposer many times, in a process of one locale: each time in a folder and a time zone of its
 * own, with its documents coming in an order of its own. `c5-deterministic.test.ts` starts one for each locale.
 *
 * Takes a {@link ShuffleJob} as JSON on standard input, and prints the resolved document of each shuffle as a line.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { resolve } from "../../src/resolve/resolve.ts";
import { parseAllowedAddress } from "../../src/source/address-rules.ts";
import { localFiles } from "../../src/source/file.ts";
import { openSources, type Sources } from "../../src/source/source.ts";

export interface ShuffleJob {
  /** Certificate in PEM. */
  readonly authority: string;
  /** Host → its port on the loopback. */
  readonly ports: Readonly<Record<string, number>>;
  readonly shuffles: readonly Shuffle[];
}

export interface Shuffle {
  /** Of the Komposer. */
  readonly path: string;
  readonly zone: string;
  /** Milliseconds by which each thing that is read comes later, in the order in which they are asked for. */
  readonly delays: readonly number[];
}

if (import.meta.main) {
  const job = JSON.parse(await Bun.stdin.text()) as ShuffleJob;
  for (const shuffle of job.shuffles) console.log(await resolved(job, shuffle));
}

async function resolved(job: ShuffleJob, { path, zone, delays }: Shuffle): Promise<string> {
  process.env["TZ"] = zone;
  const result = await resolve({ paths: [path], env: process.env, sources: delayed(job, delays) });
  if (result.kind === "failed") throw new Error(JSON.stringify(result.issues));
  return JSON.stringify([result.digest, result.katalog]);
}

function delayed({ authority, ports }: ShuffleJob, delays: readonly number[]): Sources {
  const loopback = parseAllowedAddress("127.0.0.0/8");
  const sources = openSources(localFiles, {
    certificateAuthorities: authority,
    allowedAddresses: loopback ? [loopback] : [],
    resolveHost: async (host) => [{ address: "127.0.0.1", port: ports[host] ?? 0 }],
  });
  let asked = 0;
  const later = async <T>(work: Promise<T>): Promise<T> => {
    const [done] = await Promise.all([work, sleep(delays[asked++ % delays.length])]);
    return done;
  };
  return {
    files: sources.files,
    read: (reference) => later(sources.read(reference)),
    fetch: (reference) => later(sources.fetch(reference)),
  };
}
