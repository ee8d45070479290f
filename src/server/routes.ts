/**
 * Paths of the read-only view and what they answer, as one table. Every handler is a pure function
 * from the runtime's view to JSON.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { BoxView, RuntimeView } from "../runtime/view.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Answer } from "./answer.ts";
import { listCustomResources, oneCustomResource } from "./custom-resources.ts";
import { shownCrd, shownKatalog } from "./redacted.ts";
import {
  boxHealth,
  boxSummary,
  disabledHealth,
  disabledOf,
  disabledSummary,
  electionSummary,
  katalogSummary,
} from "./views.ts";
import { whyAnswer } from "./why.ts";

export interface RouteContext {
  readonly view: RuntimeView;
  readonly metrics: Metrics;
  readonly nowMs: number;
  readonly query: URLSearchParams;
}

type Handler = (context: RouteContext, parameters: readonly string[]) => Answer | Promise<Answer>;

interface Route {
  /** Segments; `:x` takes one, `*` takes the rest. */
  readonly path: string;
  readonly handle: Handler;
}

const NOT_FOUND: Answer = { status: 404, body: { error: "Not found" } };

const ROUTES: readonly Route[] = [
  { path: "/startup", handle: ({ view }) => probe(view.isStarted) },
  { path: "/health", handle: health },
  { path: "/healthz", handle: health },
  { path: "/livez", handle: () => probe(true) },
  { path: "/ready", handle: ({ view }) => probe(view.isStarted && !view.isStopping) },
  { path: "/readyz", handle: ({ view }) => probe(view.isStarted && !view.isStopping) },
  { path: "/metrics", handle: async ({ metrics }) => ok(await metrics.expose()) },
  { path: "/api/v1/query", handle: queryMetric },
  { path: "/katalog", handle: ({ view, nowMs }) => katalogSummary(view, nowMs) },
  { path: "/katalog/raw", handle: ({ view }) => ok(shownKatalog(view.katalog)) },
  { path: "/katalog/enriched", handle: ({ view }) => ok(shownKatalog(view.katalog)) },
  { path: "/katalog/:crd", handle: withBox((box) => ok(boxSummary(box)), disabledSummary) },
  { path: "/katalog/:crd/health", handle: withBox(boxHealth, disabledHealth) },
  { path: "/katalog/:crd/raw", handle: withBox((box) => ok(shownCrd(box.crd)), shownCrd) },
  { path: "/katalog/:crd/enriched", handle: withBox((box) => ok(shownCrd(box.crd)), shownCrd) },
  {
    path: "/katalog/:crd/cr",
    handle: withBox((box, { query }) => listCustomResources(box, query)),
  },
  { path: "/katalog/:crd/cr/:name/events", handle: withBox(notBuilt("events")) },
  { path: "/katalog/:crd/cr/:name/why", handle: withBox(why) },
  { path: "/katalog/:crd/cr/:namespace/:name/events", handle: withBox(notBuilt("events")) },
  { path: "/katalog/:crd/cr/:namespace/:name/why", handle: withBox(why) },
  { path: "/katalog/:crd/cr/*", handle: withBox(one) },
];

/** The answer to a GET of `path`. */
export async function route(path: string, context: RouteContext): Promise<Answer> {
  const segments = path.replace(/\/+$/, "").split("/").slice(1).map(decode);
  for (const { path: pattern, handle } of ROUTES) {
    const parameters = match(pattern.split("/").slice(1), segments);
    if (parameters) return handle(context, parameters);
  }
  if (path === "/") return ok({ paths: ROUTES.map(({ path: known }) => known) });
  return NOT_FOUND;
}

function match(pattern: readonly string[], segments: readonly string[]): string[] | undefined {
  const hasRest = pattern.at(-1) === "*";
  if (hasRest ? segments.length < pattern.length : segments.length !== pattern.length) {
    return undefined;
  }
  const parameters: string[] = [];
  for (const [index, part] of pattern.entries()) {
    if (part === "*") parameters.push(segments.slice(index).join("/"));
    else if (part.startsWith(":")) parameters.push(segments[index] ?? "");
    else if (part !== segments[index]) return undefined;
  }
  return parameters;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function probe(isFine: boolean): Answer {
  return isFine ? ok({ status: "ok" }) : { status: 503, body: { status: "not ready" } };
}

/** A standby is as healthy as a leader; which of them it is, is told beside. */
function health({ view }: RouteContext): Answer {
  const { state, holder } = electionSummary(view);
  return ok({ status: "ok", ...(view.election && { leaderElection: state, holder }) });
}

type BoxHandler = (box: BoxView, context: RouteContext, rest: readonly string[]) => Answer;

/** `ofDisabled`: what there is to say of an entry that nobody works on. */
function withBox(handle: BoxHandler, ofDisabled?: (crd: ResolvedCrd) => unknown): Handler {
  return (context, [name = "", ...rest]) => {
    const box = context.view.boxes.find(({ crd }) => crd.name === name);
    if (box) return handle(box, context, rest);
    const disabled = disabledOf(context.view).find((crd) => crd.name === name);
    if (disabled && ofDisabled) return ok(ofDisabled(disabled));
    if (disabled) return { status: 409, body: { error: `The entry "${name}" is disabled` } };
    const known = context.view.boxes.map(({ crd }) => crd.name);
    return { status: 404, body: { error: `No CRD "${name}"`, known } };
  };
}

function one(box: BoxView, { query }: RouteContext, [key = ""]: readonly string[]): Answer {
  return oneCustomResource(box, key, query);
}

function why(box: BoxView, context: RouteContext, key: readonly string[]): Answer {
  // A custom resource may itself be called so.
  const own = [...key, "why"].join("/");
  if (box.object(own)) return oneCustomResource(box, own, context.query);
  return whyAnswer(box, key.join("/"), context);
}

function notBuilt(what: "events"): BoxHandler {
  return (box, { query }, key) => {
    // A custom resource may itself be called so.
    const own = [...key, what].join("/");
    if (box.object(own)) return oneCustomResource(box, own, query);
    const error = `Cannot show "${what}" of "${key.join("/")}": it is not in this build`;
    return { status: 404, body: { error } };
  };
}

async function queryMetric({ metrics, query }: RouteContext): Promise<Answer> {
  const name = query.get("query");
  if (!name) return { status: 400, body: { error: "Give a metric as ?query=<name>" } };
  return ok({ metric: name, samples: await metrics.query(name) });
}
