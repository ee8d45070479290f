/**
 * An in-memory Kubernetes API server that speaks the real protocol over HTTP: the door of this
 * folder. `kubectl` and every client library can use it; nothing outlives the process.
 *
 * Flow: http → handler → write or list or watch → store; the store's changes feed watches and the
 * sandbox's own controllers.
 *
 * Guarantees: listens on loopback only; answers as the Kubernetes version in `serve/version.ts`
 * does, as far as the conformance cases go (`test/conformance`).
 *
 * Caveats: no authentication, so everybody who can connect may do everything; RBAC objects, quotas
 * and limit ranges are stored and not enforced. Validation of built-in kinds covers the common
 * mistakes, not all of them. CEL rules of definitions are not evaluated (a warning says so). Groups
 * that would need more than storage are not served (`kinds/registry.ts`). JSON and YAML only:
 * clients that send protobuf, such as `kubectl create configmap`, get 415; `kubectl apply` works.
 *
 * Stop order: controllers, then HTTP with its watches.
 */
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../telemetry/log.ts";
import { definitionController, serveDefinitions } from "./controllers/definitions.ts";
import { garbageController } from "./controllers/garbage.ts";
import { runController } from "./controllers/loop.ts";
import { namespaceController } from "./controllers/namespaces.ts";
import { workloadControllers } from "./controllers/workloads.ts";
import { KindRegistry, knownKind } from "./kinds/registry.ts";
import type { ApiRequest, ApiResponse } from "./serve/exchange.ts";
import { handleRequest } from "./serve/handler.ts";
import { serveHttp } from "./serve/http.ts";
import { type Random, type Site, webRandom } from "./site.ts";
import { Store } from "./store/store.ts";
import { createObject } from "./write/create.ts";
import { internalWrite } from "./write/request.ts";

export interface SandboxOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: the platform's Web Crypto. */
  readonly random?: Random;
  /** A loopback address. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** `off`: nothing makes pods or says that they are ready. Default `on`. */
  readonly controllers?: "on" | "off";
  /** From a pod's creation until it is ready. Default 300 ms. */
  readonly readyDelayMs?: number;
  /** Changes that are kept for watches and pages. Default 20,000. */
  readonly historyLimit?: number;
}

export interface Sandbox extends AsyncDisposable {
  readonly url: string;
  /** Text of a kubeconfig file for this server. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** A sandbox without a socket: what tests and previews talk to directly. */
export interface OfflineSandbox extends Disposable {
  handle(request: ApiRequest): ApiResponse;
  /** Forgets the history: watches and pages of older versions get 410. */
  compact(): void;
}

const DEFAULT_HISTORY = 20_000;
const DEFAULT_READY_DELAY_MS = 300;
const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** @throws Error when the port is taken or the host is not a loopback address. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0 } = options;
  if (!/^(127(\.\d+){3}|::1|localhost)$/.test(host)) {
    throw new Error(
      `Cannot start the sandbox on "${host}": it has no authentication, expected a loopback address`,
    );
  }
  const { site, stop } = openSite(options);
  const server = await serveHttp(site, { host, port });
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
  const close = async () => {
    stop();
    await server.close();
  };
  return { url, kubeconfig: kubeconfigText(url), close, [Symbol.asyncDispose]: close };
}

export function openSandbox(options: SandboxOptions): OfflineSandbox {
  const { site, stop } = openSite(options);
  return {
    handle: (request) => handleRequest(site, request),
    compact: () => site.store.compact(),
    [Symbol.dispose]: stop,
  };
}

function openSite(options: SandboxOptions): { readonly site: Site; readonly stop: () => void } {
  const { clock, log, random = webRandom(globalThis.crypto), controllers = "on" } = options;
  const { historyLimit = DEFAULT_HISTORY, readyDelayMs = DEFAULT_READY_DELAY_MS } = options;
  const store = new Store({ historyLimit });
  const registry = new KindRegistry();
  for (const { collection } of registry.all()) store.openCollection(collection);
  const site: Site = { store, registry, clock, random, log };
  const stops = [
    serveDefinitions(site),
    ...[definitionController(site), namespaceController(site), garbageController(site)].map(
      (controller) => runController(site, controller),
    ),
    ...(controllers === "on"
      ? workloadControllers(site, { readyDelayMs }).map((controller) =>
          runController(site, controller),
        )
      : []),
  ];
  createNamespaces(site);
  return { site, stop: () => stopAll(stops) };
}

/** In the reverse order of their start. */
function stopAll(stops: (() => void)[]): void {
  for (const stop of stops.splice(0).reverse()) stop();
}

function createNamespaces(site: Site): void {
  const kind = knownKind(site.registry, "v1", "Namespace");
  const target = { kind, namespace: "", name: "", subresource: "" } as const;
  for (const name of NAMESPACES) {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    createObject(site, { target, body }, internalWrite("kube-apiserver"));
  }
}

function kubeconfigText(server: string): string {
  const name = "orkestra-sandbox";
  return `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      clusters: [{ name, cluster: { server } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
      users: [{ name, user: {} }],
    },
    null,
    2,
  )}\n`;
}
