/**
 * R4 while credentials rotate: the token is replaced, and the old one refused at once; the authority of the
 * server's certificate is replaced by way of a bundle that holds both. Under load, no reconcile fails for it.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuthority } from "../support/certificates.ts";
import { describeWithServer } from "../support/describe-with-server.ts";
import { tell } from "../support/fault-report.ts";
import { TlsFront } from "../support/tls-front.ts";
import { SCALE, Stage } from "./stage.ts";

/** In the reduced suite, no more than it takes for two refusals in a row to count as a rotation each. */
const ROTATION_MS = SCALE > 1 ? 20_000 : 6_000;
const ROTATIONS = SCALE > 1 ? 7 : 2;
const WIDGETS = 10;
/** Messages of the log, at its most talkative, for a reconcile that failed. */
const FAILED = ["Trying again", "Reconcile failed"];
const HOST = "localhost";

describeWithServer("R4 rotation of credentials", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster());
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    test(
      "token and authority are replaced under load: no reconcile fails",
      async () => {
        const [old, next] = [createAuthority("first"), createAuthority("second")];
        await using front = await TlsFront.start(stage.proxy.port, old.issue([HOST]));
        const files = await writeFiles(stage.folder, front.port);
        await files.token("token-0");
        await files.authority(old.cert);
        stage.proxy.demandToken("token-0");
        await stage.start({ kubeconfig: files.kubeconfig, more: ["--log-level", "debug"] });
        const stop = new AbortController();
        const load = putLoad(stop.signal);
        for (let rotation = 1; rotation <= ROTATIONS; rotation++) {
          await sleep(ROTATION_MS / 2);
          const token = `token-${rotation}`;
          // Everybody trusts both before the server shows the new one; then nobody trusts the old one.
          if (rotation === 1) await files.authority(old.cert + next.cert);
          if (rotation === ROTATIONS) await files.authority(next.cert);
          await files.token(token);
          stage.proxy.demandToken(token);
          await sleep(ROTATION_MS / 2);
          if (rotation === 1) {
            await front.present(next.issue([HOST]));
            // The watches come back on new connections.
            stage.proxy.resetStreams();
          }
        }
        stop.abort();
        const edits = await load;
        await stage.untilConverged();
        await stage.untilQuiet();
        const failures = stage.ork.log.filter(({ message }) => FAILED.includes(message));
        expect(failures.map((line) => JSON.stringify(line))).toEqual([]);
        const { errorRate, totalReconciles } = await stage.health();
        expect(await failedReconciles()).toBe(0);
        expect(errorRate).toBe(0);
        tell("rotation", {
          tokens: ROTATIONS,
          authorities: 1,
          edits,
          reconciles: totalReconciles,
          refused: stage.proxy.refusals,
        });
        expect(stage.proxy.refusals).toBeGreaterThanOrEqual(ROTATIONS);
      },
      ROTATIONS * ROTATION_MS + 60_000,
    );

    /**
     * Edits until told to stop; gives their number. Each custom resource is edited again when its last edit
     * was reconciled, so that no reconcile fails because it is edited in the meantime.
     */
    async function putLoad(signal: AbortSignal): Promise<number> {
      const edit = async (name: string) => {
        await stage.create("Widget", name, { text: "0", items: ["a"] });
        let edits = 0;
        for (; !signal.aborted; edits++) {
          await stage.objects.untilReady(`Widget/${name}`);
          await stage.edit("Widget", name, { spec: { text: String(edits) } });
        }
        return edits;
      };
      const names = Array.from({ length: WIDGETS }, (_, index) => `w${index}`);
      const counts = await Promise.all(names.map(edit));
      return counts.reduce((sum, count) => sum + count, 0);
    }

    /** By ork's own count. */
    async function failedReconciles(): Promise<number> {
      const { body } = await stage.ork.view<string>("/metrics");
      const lines = body
        .split("\n")
        .filter((line) => /^controller_runtime_reconcile_errors_total\b/.test(line));
      return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    }
  },
});

/** A kubeconfig whose token and authority are files, as a pod has them. */
async function writeFiles(folder: string, port: number) {
  const path = (name: string) => join(folder, name);
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    clusters: [
      {
        name: "test",
        cluster: { server: `https://${HOST}:${port}`, "certificate-authority": path("ca.crt") },
      },
    ],
    users: [{ name: "test", user: { tokenFile: path("token") } }],
  };
  await writeFile(path("rotating.kubeconfig"), JSON.stringify(kubeconfig));
  return {
    kubeconfig: path("rotating.kubeconfig"),
    token: (text: string) => replace(path("token"), text),
    authority: (text: string) => replace(path("ca.crt"), text),
  };
}

/** At once, as the kubelet does: nobody reads half of it. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
