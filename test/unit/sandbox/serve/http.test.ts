import { describe, expect, test } from "bun:test";
import { request } from "node:http";
import { startSandbox } from "../../../../src/sandbox/sandbox.ts";
import { systemClock } from "../../../../src/std/clock.ts";
import type { Logger } from "../../../../src/telemetry/log.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

function open() {
  return startSandbox({ clock: systemClock, log: silent, controllers: "off" });
}

/** `node:http` because `fetch` does not let a caller set Host and Origin. */
function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/version`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}

describe("startSandbox()", () => {
  test("answers on a loopback port and names it in its kubeconfig", async () => {
    await using sandbox = await open();
    expect((await fetch(`${sandbox.url}/readyz`)).status).toBe(200);
    expect(JSON.parse(sandbox.kubeconfig).clusters[0].cluster.server).toBe(sandbox.url);
  });

  test("refuses requests that a web page could make", async () => {
    await using sandbox = await open();
    expect(await statusOf(sandbox.url, {})).toBe(200);
    expect(await statusOf(sandbox.url, { Origin: "https://example.com" })).toBe(403);
    expect(await statusOf(sandbox.url, { Host: "rebound.example.com" })).toBe(403);
    expect(await statusOf(sandbox.url, { Host: "localhost:1234" })).toBe(200);
  });

  test("refuses bodies over 3 MiB and goes on", async () => {
    await using sandbox = await open();
    const path = `${sandbox.url}/api/v1/namespaces/default/configmaps`;
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ metadata: { name: "a" }, data: { x: "y".repeat(3_200_000) } });
    expect((await fetch(path, { method: "POST", headers, body })).status).toBe(413);
    const small = JSON.stringify({ metadata: { name: "a" } });
    expect((await fetch(path, { method: "POST", headers, body: small })).status).toBe(201);
  });

  test("does not listen beyond the loopback interface", async () => {
    expect(startSandbox({ clock: systemClock, log: silent, host: "0.0.0.0" })).rejects.toThrow(
      "loopback",
    );
  });

  test("close() ends open watches", async () => {
    const sandbox = await open();
    const response = await fetch(`${sandbox.url}/api/v1/configmaps?watch=1`);
    const reader = response.body?.getReader();
    await sandbox.close();
    const end = await reader?.read().catch(() => ({ done: true }));
    expect(end?.done).toBe(true);
  });
});
