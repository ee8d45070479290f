/**
 * What the API server serves: which kind lives under which path, and what it can do.
 *
 * Read once, when first asked, in two requests (`discovery-read.ts`), and again when something is
 * asked for that was not there (a CRD may have been installed since), but not more often than every
 * few seconds. Groups whose server is down are reported as stale; what was known of them is kept,
 * and all others stay usable.
 */
import type { Clock } from "../std/clock.ts";
import { unlessAborted } from "../std/unless-aborted.ts";
import type { ApiResource } from "./api-resource.ts";
import { type DiscoveryDocument, readDiscovery } from "./discovery-read.ts";
import { KubeError } from "./error.ts";
import type { Transport } from "./transport.ts";

export interface KindQuery {
  readonly group: string;
  /** The server's preferred version that has the kind, unless given. */
  readonly version?: string;
  readonly kind: string;
}

export interface PluralQuery {
  readonly group: string;
  readonly version?: string;
  readonly plural: string;
}

export interface LookupOptions {
  readonly signal?: AbortSignal;
}

export interface Discovery {
  /**
   * `undefined` when the server does not serve it; throws when the server cannot be asked, or knows
   * nothing of that group because the API behind it does not answer.
   */
  findKind(query: KindQuery, options?: LookupOptions): Promise<ApiResource | undefined>;
  findPlural(query: PluralQuery, options?: LookupOptions): Promise<ApiResource | undefined>;
  /** Everything, groups and versions in the server's order of preference. */
  list(options?: LookupOptions): Promise<readonly ApiResource[]>;
  /** `group/version` of APIs whose server did not answer at the last reading. */
  readonly staleGroups: readonly string[];
  /** Reads anew, at once. */
  refresh(options?: LookupOptions): Promise<void>;
}

export interface DiscoveryOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Least time between two readings because of something unknown; 5 s unless given. */
  readonly missPauseMs?: number;
}

const MISS_PAUSE_MS = 5_000;

export function createDiscovery(options: DiscoveryOptions): Discovery {
  return new CachedDiscovery(options);
}

class CachedDiscovery implements Discovery {
  readonly #options: DiscoveryOptions;
  #document: DiscoveryDocument | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<DiscoveryDocument> | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  get staleGroups(): readonly string[] {
    return this.#document?.staleGroups ?? [];
  }

  findKind({ group, version, kind }: KindQuery, options: LookupOptions = {}) {
    return this.#find(
      { group, version },
      (item) => item.kind === kind && item.group === group && matches(item, version),
      options,
    );
  }

  findPlural({ group, version, plural }: PluralQuery, options: LookupOptions = {}) {
    return this.#find(
      { group, version },
      (item) => item.plural === plural && item.group === group && matches(item, version),
      options,
    );
  }

  async list(options: LookupOptions = {}): Promise<readonly ApiResource[]> {
    return (await this.#current(options)).resources;
  }

  async refresh({ signal }: LookupOptions = {}): Promise<void> {
    await this.#read(signal);
  }

  async #find(
    place: GroupPlace,
    isWanted: (item: ApiResource) => boolean,
    { signal }: LookupOptions,
  ): Promise<ApiResource | undefined> {
    let document = await this.#current({ ...(signal && { signal }) });
    const known = document.resources.find(isWanted);
    if (known !== undefined) return known;
    const pauseMs = this.#options.missPauseMs ?? MISS_PAUSE_MS;
    if (this.#options.clock.monotonicMs() - this.#readAtMs >= pauseMs) {
      document = await this.#read(signal);
    }
    const found = document.resources.find(isWanted);
    if (found === undefined) refuseStale(place, document);
    return found;
  }

  async #current({ signal }: LookupOptions): Promise<DiscoveryDocument> {
    return this.#document ?? this.#read(signal);
  }

  /** One reading at a time; those who come meanwhile share it. */
  async #read(signal: AbortSignal | undefined): Promise<DiscoveryDocument> {
    this.#reading ??= readDiscovery(this.#options.transport)
      .then((document) => this.#keep(document))
      .finally(() => {
        this.#reading = undefined;
      });
    // The reading is shared: who gives up must not end it for the others.
    return signal === undefined ? this.#reading : unlessAborted(this.#reading, signal);
  }

  #keep(document: DiscoveryDocument): DiscoveryDocument {
    const stale = new Set(document.staleGroups);
    const present = new Set(document.resources.map(pathOf));
    const lost = (this.#document?.resources ?? []).filter(
      (item) => stale.has(`${item.group}/${item.version}`) && !present.has(pathOf(item)),
    );
    this.#document = { ...document, resources: [...document.resources, ...lost] };
    this.#readAtMs = this.#options.clock.monotonicMs();
    return this.#document;
  }
}

interface GroupPlace {
  readonly group: string;
  readonly version: string | undefined;
}

/** "Not known" must not be taken for "not served". */
function refuseStale({ group, version }: GroupPlace, { staleGroups }: DiscoveryDocument): void {
  const stale = staleGroups.find((name) =>
    version === undefined ? name.startsWith(`${group}/`) : name === `${group}/${version}`,
  );
  if (stale === undefined) return;
  throw new KubeError(`Cannot tell what "${stale}" serves: its API server does not answer`, {
    status: 503,
    reason: "ServiceUnavailable",
  });
}

function pathOf({ group, version, plural }: ApiResource): string {
  return `${group}/${version}/${plural}`;
}

function matches(item: ApiResource, version: string | undefined): boolean {
  return version === undefined || item.version === version;
}
