/**
 * Watches: what is there, what happened since, then what happens, until the client or the timeout
 * ends it. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes.
 */
import type { KubeObject } from "../../schema/object.ts";
import type { Json } from "../../std/json.ts";
import { expired } from "../api-error.ts";
import { inServedForm } from "../kinds/conversion.ts";
import type { ServedKind } from "../kinds/kind.ts";
import type { Site } from "../site.ts";
import type { Change } from "../store/change.ts";
import type { Predicate } from "../store/selectors.ts";
import type { ApiResponse, StreamSink } from "./exchange.ts";
import type { ObjectWriter } from "./formats.ts";
import { compileSelectors } from "./list.ts";
import type { ListOptions } from "./options.ts";

export interface WatchRequest {
  readonly kind: ServedKind;
  readonly namespace: string;
  readonly options: ListOptions;
  readonly writer: ObjectWriter;
}

const INITIAL_EVENTS_END = "k8s.io/initial-events-end";
const BOOKMARK_INTERVAL_MS = 50_000;
/** Without `timeoutSeconds`, a real server ends a watch after 30 to 60 minutes. */
const DEFAULT_TIMEOUT_SECONDS = 2_400;

/** @throws ApiError 400 when a selector cannot be read */
export function watchObjects(site: Site, request: WatchRequest): ApiResponse {
  const isSelected = compileSelectors(request.kind, request.options);
  return {
    kind: "stream",
    headers: { "content-type": request.writer.watchContentType },
    start: (sink) => new Watch(site, { ...request, isSelected, sink }).start(),
  };
}

interface WatchSetup extends WatchRequest {
  readonly isSelected: Predicate;
  readonly sink: StreamSink;
}

class Watch {
  readonly #site: Site;
  readonly #setup: WatchSetup;
  readonly #stops: (() => void)[] = [];

  constructor(site: Site, setup: WatchSetup) {
    this.#site = site;
    this.#setup = setup;
  }

  start(): () => void {
    const { kind, options, sink } = this.#setup;
    const { store, clock } = this.#site;
    const asked = Number(options.resourceVersion);
    if (!this.#sendPast(asked)) return () => {};
    this.#stops.push(
      store.listen(kind.collection, (change) => {
        if (change.version > asked) this.#sendChange(change);
      }),
    );
    const seconds = options.timeoutSeconds || DEFAULT_TIMEOUT_SECONDS;
    this.#stops.push(clock.schedule(seconds * 1000, () => this.#end()));
    if (options.allowBookmarks) this.#scheduleBookmark();
    this.#stops.push(store.onClose(kind.collection, () => this.#end()));
    return () => {
      for (const stop of this.#stops.splice(0)) stop();
      sink.end();
    };
  }

  #end(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#setup.sink.end();
  }

  /** What is there, or what happened since; false when that is no longer known. */
  #sendPast(asked: number): boolean {
    const { kind, options, sink } = this.#setup;
    const { store } = this.#site;
    const isFromStart = asked === 0 && options.sendInitialEvents !== false;
    if (options.sendInitialEvents || isFromStart) {
      this.#sendAll();
      return true;
    }
    if (asked === 0) return true;
    const oldest = store.oldestVersion(kind.collection);
    if (asked < oldest) {
      this.#send("ERROR", expired(`too old resource version: ${asked} (${oldest})`).status);
      sink.end();
      return false;
    }
    for (const change of store.changesSince(kind.collection, asked)) this.#sendChange(change);
    return true;
  }

  #sendAll(): void {
    const { kind, namespace, options, isSelected } = this.#setup;
    const scope = namespace === "" ? undefined : namespace;
    for (const object of this.#site.store.list(kind.collection, scope)) {
      const served = inServedForm(object, kind);
      if (isSelected(served)) this.#sendObject("ADDED", served);
    }
    if (options.sendInitialEvents && options.allowBookmarks) {
      this.#sendBookmark({ [INITIAL_EVENTS_END]: "true" });
    }
  }

  #sendChange(change: Change): void {
    const { kind, namespace, isSelected } = this.#setup;
    if (namespace !== "" && !change.key.startsWith(`${namespace}/`)) return;
    const object = inServedForm(change.object, kind);
    const before = change.previous && inServedForm(change.previous, kind);
    const wasSelected = before !== undefined && isSelected(before);
    if (change.kind === "deleted") {
      if (wasSelected) this.#sendObject("DELETED", object);
    } else if (isSelected(object)) {
      this.#sendObject(wasSelected ? "MODIFIED" : "ADDED", object);
    } else if (wasSelected && before !== undefined) {
      const { resourceVersion = "" } = object.metadata;
      this.#sendObject("DELETED", {
        ...before,
        metadata: { ...before.metadata, resourceVersion },
      });
    }
  }

  #scheduleBookmark(): void {
    this.#stops.push(
      this.#site.clock.schedule(BOOKMARK_INTERVAL_MS, () => {
        this.#sendBookmark();
        this.#scheduleBookmark();
      }),
    );
  }

  #sendBookmark(annotations?: Readonly<Record<string, string>>): void {
    const { kind, writer } = this.#setup;
    const resourceVersion = String(this.#site.store.version);
    const bookmark = {
      kind: kind.resource.kind,
      apiVersion: kind.apiVersion,
      metadata: { resourceVersion, ...(annotations && { annotations }) },
    };
    this.#send("BOOKMARK", writer.bookmark(bookmark as unknown as KubeObject));
  }

  #sendObject(type: string, object: KubeObject): void {
    this.#setup.sink.send(`{"type":"${type}","object":${this.#setup.writer.event(object)}}\n`);
  }

  #send(type: string, object: Json): void {
    this.#setup.sink.send(`${JSON.stringify({ type, object })}\n`);
  }
}
