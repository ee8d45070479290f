/**
 * `ork why`: asks a running process what triggered the last reconciles of a custom resource, what each of
 * them changed, what is in its way, and when it is looked at next.
 */
import { type CrdNames, isNamed } from "../../katalog/crd-names.ts";
import { parseListen } from "../../server/listen.ts";
import type { Why } from "../../server/why.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { suggest } from "../../std/suggest.ts";
import { faultOfCode, findFaultCode, systemFault } from "../../std/system-fault.ts";
import { addressFault } from "../address-fault.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Flags } from "../flags.ts";
import { type Io, painter } from "../io.ts";
import type { CommandInput } from "../spec.ts";
import { OperationalError, UsageError } from "../usage-error.ts";
import { whyReport } from "../why-report.ts";

/** A process that is well answers at once. */
const TIMEOUT_MS = 10_000;

export async function execute({ args, flags, io }: CommandInput): Promise<ExitCode> {
  const target = readTarget(args);
  const view: View = { url: viewUrl(flags, io), signal: io.signal };
  const crd = await findCrd(view, target.kind);
  const why = await findWhy(view, { ...target, crd, namespace: flags.text("namespace") });
  const isJson = flags.text("output") === "json";
  const options = { nowMs: Date.now(), paint: painter(io.hasColor.stdout) };
  io.print(isJson ? JSON.stringify(why, null, 2) : whyReport(why, options));
  return EXIT.ok;
}

interface View {
  readonly url: string;
  readonly signal: AbortSignal;
}

function readTarget(args: readonly string[]): { readonly kind: string; readonly name: string } {
  const [kind = "", name = "", ...rest] = args.flatMap((arg) => arg.split("/"));
  if (kind !== "" && name !== "" && rest.length === 0) return { kind, name };
  throw new UsageError(
    `Cannot ask about "${args.join(" ")}": expected a kind and a name, as in website/hello`,
  );
}

/** `--server`, else where `ork run` listens by the same flag, variable or default. */
function viewUrl(flags: Flags, io: Io): string {
  const server = flags.text("server");
  if (server !== undefined) {
    const url = URL.parse(server.includes("://") ? server : `http://${server}`);
    if (url?.protocol === "http:" || url?.protocol === "https:")
      return url.href.replace(/\/+$/, "");
    throw new UsageError(`${flags.sourceOf("server")} is "${server}", expected http://host:port`);
  }
  const text = flags.text("listen") ?? `127.0.0.1:${io.env["ORK_PORT"] ?? "8080"}`;
  const address = parseListen(text);
  if (address?.kind !== "tcp") {
    throw addressFault(flags, io, "host:port or :port");
  }
  const { host = "127.0.0.1", port } = address;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** By the name of its entry, or by one of its kind, as kubectl takes them. */
async function findCrd(view: View, kind: string): Promise<string> {
  const { status, body } = await ask(view, "/katalog");
  const crds = Array.isArray(body["crds"]) ? body["crds"].filter(isJsonObject) : [];
  if (status !== 200 || body["crds"] === undefined) throw unexpected(view, status, body);
  const found =
    crds.find(({ name }) => name === kind) ?? crds.find((crd) => isNamed(namesOf(crd), kind));
  if (found) return String(found["name"]);
  const known = crds.map(({ name }) => String(name));
  const near = suggest(kind, known);
  throw new UsageError(
    `The process at "${view.url}" serves no "${kind}", ${near ? `did you mean "${near}"?` : `expected one of: ${known.join(", ")}`}`,
  );
}

function namesOf({ name, kind, plural, shortNames, group, version }: JsonObject): CrdNames {
  const names = [kind, plural, ...(Array.isArray(shortNames) ? shortNames : [])].map(String);
  return { name: String(name), names, group: String(group ?? ""), version: String(version ?? "") };
}

interface Wanted {
  readonly kind: string;
  readonly name: string;
  readonly crd: string;
  readonly namespace: string | undefined;
}

/** Where no namespace is named, it is `default`, or the kind has none. */
async function findWhy(view: View, { kind, name, crd, namespace }: Wanted): Promise<Why> {
  const keys = namespace === undefined ? [`default/${name}`, name] : [`${namespace}/${name}`];
  for (const key of keys) {
    const path = key.split("/").map(encodeURIComponent).join("/");
    const { status, body } = await ask(view, `/katalog/${encodeURIComponent(crd)}/cr/${path}/why`);
    if (status === 200) return body as unknown as Why;
    if (status !== 404) throw unexpected(view, status, body);
  }
  const place = namespace ?? "default";
  const hint = namespace === undefined ? "; name another namespace with -n" : "";
  throw new OperationalError(`No ${kind} "${name}" in namespace "${place}"${hint}`);
}

async function ask(
  { url, signal }: View,
  path: string,
): Promise<{ readonly status: number; readonly body: JsonObject }> {
  let status: number;
  let text: string;
  try {
    const answer = await fetch(url + path, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      redirect: "manual",
    });
    status = answer.status;
    text = await answer.text();
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new OperationalError(
      `Cannot ask the process at "${url}": ${obstacleOf(cause)}; start "ork run", or name its address with --server; of one in a cluster, forward its port first: kubectl port-forward -n orkestra-system service/orkestra-runtime 8080`,
    );
  }
  return { status, body: parse(url, text) };
}

/** In the middle of a sentence. */
function obstacleOf(error: unknown): string {
  const fault = systemFault(error) ?? faultOfCode(findFaultCode(error) ?? "");
  return fault?.words ?? "the connection failed";
}

function parse(url: string, text: string): JsonObject {
  try {
    const body: Json = JSON.parse(text);
    if (isJsonObject(body)) return body;
  } catch {
    // Told below, as everything that is no JSON object.
  }
  throw new OperationalError(`What answers at "${url}" is not "ork run": it sends no JSON`);
}

function unexpected({ url }: View, status: number, body: JsonObject): OperationalError {
  const reason = body["error"] ?? body["status"] ?? "no reason";
  return new OperationalError(`The process at "${url}" answered ${status}: ${String(reason)}`);
}
