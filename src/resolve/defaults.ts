/** Settings that the environment may give to every CRD; a value in the document wins. */

import { readDuration } from "../katalog/fields.ts";
import type { Issue } from "../std/issue.ts";

export interface Defaults {
  readonly workers: number;
  readonly resyncMs: number;
  readonly maxDepth: number;
  readonly failureThreshold: number;
}

/** Below this a resync is a busy loop rather than a safety net. */
export const LEAST_RESYNC_MS = 1_000;

const BUILT_IN: Defaults = { workers: 3, resyncMs: 15_000, maxDepth: 0, failureThreshold: 5 };

interface Variable {
  readonly name: string;
  readonly setting: keyof Defaults;
  readonly expected: string;
  read(text: string): number | undefined;
}

const VARIABLES: readonly Variable[] = [
  {
    name: "DEFAULT_WORKERS",
    setting: "workers",
    expected: "a whole number from 1 to 50",
    read: (text) => whole(text, 1, 50),
  },
  {
    name: "DEFAULT_RESYNC",
    setting: "resyncMs",
    expected: "a duration such as 15s or 5m, at least 1s",
    read: readResync,
  },
  {
    name: "QUEUE_DEPTH",
    setting: "maxDepth",
    expected: "a whole number of 0 or more",
    read: (text) => whole(text, 0, Number.MAX_SAFE_INTEGER),
  },
  {
    name: "FAILURE_THRESHOLD",
    setting: "failureThreshold",
    expected: "a whole number",
    read: (text) => whole(text, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  },
];

export function readDefaults(env: Readonly<Record<string, string | undefined>>): {
  readonly defaults: Defaults;
  /** The variables that gave one. */
  readonly variables: ReadonlyMap<keyof Defaults, string>;
  readonly issues: readonly Issue[];
} {
  const defaults = { ...BUILT_IN };
  const variables = new Map<keyof Defaults, string>();
  const issues: Issue[] = [];
  for (const { name, setting, expected, read } of VARIABLES) {
    const text = env[name];
    if (text === undefined || text === "") continue;
    const value = read(text);
    if (value !== undefined) {
      defaults[setting] = value;
      variables.set(setting, name);
    } else {
      const message = `Cannot use the environment variable ${name}: found "${text}", expected ${expected}`;
      issues.push({ code: "bad-environment", severity: "error", message });
    }
  }
  return { defaults, variables, issues };
}

function readResync(text: string): number | undefined {
  const ms = readDuration(text);
  return ms !== undefined && ms >= LEAST_RESYNC_MS ? ms : undefined;
}

function whole(text: string, min: number, max: number): number | undefined {
  const value = Number(text);
  return /^[+-]?\d+$/.test(text.trim()) && value >= min && value <= max ? value : undefined;
}
