/**
 * Counts the requests that a program made, from the API server's audit log
 * (https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/): nothing that it sends escapes.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface AuditedRequest {
  /** `operator`, `system:serviceaccount:<namespace>:<name>` … */
  readonly user: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection` */
  readonly verb: string;
  /** `""` for the core group and for paths that are no resources. */
  readonly group: string;
  /** `deployments`, `websites/status`; the path for others (`/version`). */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** HTTP status. */
  readonly code: number;
  /** Begin, as milliseconds since 1970, with fractions. */
  readonly atMs: number;
  readonly uri: string;
  readonly userAgent: string;
}

const WRITE_VERBS = new Set(["create", "update", "patch", "delete", "deletecollection"]);

/** Reads a growing log from where the last reading ended. */
export class AuditLog {
  readonly #path: string;
  readonly #seen = new Set<string>();
  #offset = 0;
  #rest = "";

  constructor(path: string) {
    this.#path = path;
  }

  /** Requests since the last call, in the order in which they ended (streams: began). */
  take(): AuditedRequest[] {
    const lines = (this.#rest + this.#readOn()).split("\n");
    // The last line may be half written.
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => {
      const event = JSON.parse(line) as AuditEvent;
      // A stream has two lines: when it began and when it ended.
      if (this.#seen.has(event.auditID)) return [];
      this.#seen.add(event.auditID);
      return [toRequest(event)];
    });
  }

  #readOn(): string {
    const file = openSync(this.#path, "r");
    try {
      const buffer = Buffer.alloc(fstatSync(file).size - this.#offset);
      this.#offset += readSync(file, buffer, { position: this.#offset });
      return buffer.toString();
    } finally {
      closeSync(file);
    }
  }
}

export function isWrite(request: AuditedRequest): boolean {
  return WRITE_VERBS.has(request.verb);
}

/** Events and the leader's Lease are counted apart in every promise about requests. */
export function isHousekeeping({ group, resource }: AuditedRequest): boolean {
  return resource === "events" || (group === "coordination.k8s.io" && resource === "leases");
}

/** `{ "create deployments": 3, … }`, most frequent first: what to show when a count is not as expected. */
export function tally(requests: readonly AuditedRequest[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { verb, resource } of requests) {
    const key = `${verb} ${resource}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

function toRequest(event: AuditEvent): AuditedRequest {
  const ref = event.objectRef;
  const plain = ref?.resource ?? event.requestURI.split("?")[0] ?? "";
  return {
    user: event.user.username,
    verb: event.verb,
    group: ref?.apiGroup ?? "",
    resource: ref?.subresource ? `${plain}/${ref.subresource}` : plain,
    namespace: ref?.namespace ?? "",
    name: ref?.name ?? "",
    code: event.responseStatus?.code ?? 0,
    atMs: parseMicroTime(event.requestReceivedTimestamp),
    uri: event.requestURI,
    userAgent: event.userAgent ?? "",
  };
}

/** `2026-01-31T10:00:00.123456Z`; Date keeps only milliseconds. */
function parseMicroTime(text: string): number {
  const fraction = /\.(\d+)Z$/.exec(text)?.[1] ?? "0";
  return Date.parse(text.replace(/\.\d+Z$/, "Z")) + Number(`0.${fraction}`) * 1000;
}

interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}
