/** Settings of the server that follow from its memory: what templates could not compute. */

export interface Settings {
  readonly [name: string]: string;
}

const MIB = 2 ** 20;
const UNITS: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: MIB, Gi: 2 ** 30 };

export function settingsFor(memory: string): Settings {
  const [, amount, unit = ""] = /^(\d+)(Ki|Mi|Gi)?$/.exec(memory) ?? [];
  if (amount === undefined) throw new Error(`Cannot size a database for "${memory}" of memory`);
  const megabytes = Math.floor((Number(amount) * (UNITS[unit] ?? 1)) / MIB);
  if (megabytes < 128) throw new Error(`${memory} of memory are too little, 128Mi is the least`);
  return {
    shared_buffers: `${Math.floor(megabytes / 4)}MB`,
    effective_cache_size: `${Math.floor((megabytes * 3) / 4)}MB`,
    max_connections: String(Math.min(400, Math.max(20, Math.floor(megabytes / 10)))),
  };
}
