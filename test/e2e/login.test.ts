/**
 * Whoever cannot log in reads why: which plugin failed and what it said, or whose credentials the server does not
 * accept. At the start, and when credentials expire while `ork` runs; it goes on by itself when they are back.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { NamespacedObjects } from "../support/namespaced-objects.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";

const cwd = join(import.meta.dir, "fixtures/login");
const KINDS = { Door: ["login.test/v1", "doors"] } as const;
const FAILED = "failed with exit code 3: session expired: run sso login";

describeWithCluster("a login that fails", {
  tests(cluster) {
    let folder: string;
    let objects: NamespacedObjects;
    let kubeconfig: string;
    const login = (token: string) => writeFile(join(folder, "token"), token);
    const logout = () => rm(join(folder, "token"));
    let token: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "ork-login-"));
      objects = new NamespacedObjects(cluster(), await cluster().newNamespace("login"), KINDS);
      const config = JSON.parse(await readFile(cluster().kubeconfig("operator-token"), "utf8"));
      token = config.users[0].user.token;
      const user = { name: "ann", user: { exec: { command: await writePlugin(folder) } } };
      kubeconfig = join(folder, "config");
      const context = { ...config.contexts[0].context, user: "ann" };
      const contexts = [{ name: "dev", context }];
      const own = { ...config, users: [user], contexts, "current-context": "dev" };
      await writeFile(kubeconfig, JSON.stringify(own));
    });
    afterAll(async () => {
      await rm(folder, { recursive: true });
      await cluster().kubectl([
        "delete",
        "crd",
        "doors.login.test",
        "--ignore-not-found",
        "--wait=false",
      ]);
    });

    test.each(["get", "plan", "run"])("%s says what the plugin said", async (command) => {
      const args = [command, "-f", "katalog.yaml", "--kubeconfig", kubeconfig];
      const { code, stderr } = await orkOnce(args, { cwd });
      expect(code).toBe(EXIT.operational);
      expect(stderr).toContain(`/plugin.sh" of user "ann" ${FAILED}\n`);
    });

    test.each(["get", "plan", "run"])("%s says whose token is refused", async (command) => {
      await login("nobody-knows-me");
      const args = [command, "-f", "katalog.yaml", "--kubeconfig", kubeconfig];
      const { code, stderr } = await orkOnce(args, { cwd });
      await logout();
      expect(code).toBe(EXIT.operational);
      expect(stderr).toMatch(
        /^error: The API server at https:\S+ does not accept the credentials of user "ann" \(context "dev"\)\n {2}Did they expire\?/m,
      );
      expect(stderr).not.toContain("nobody-knows-me");
    });

    test("health says so when the login ends during a run, which goes on when it is back", async () => {
      await login(token);
      await using ork = await OrkProcess.serve(["-f", "katalog.yaml", "--kubeconfig", kubeconfig], {
        cwd,
      });
      await objects.create("Door", "front", { spec: {} });
      await objects.untilReady("Door/front");
      const lastError = (what: string) =>
        ork.eventually(`health tells of ${what}`, async () => {
          const { body } = await ork.view("/katalog/door/health");
          const { lastError: told } = body;
          return typeof told === "string" && told.includes(what) && told;
        });
      await logout();
      await objects.delete("ConfigMap/front");
      const told = await lastError(FAILED);
      expect(told).toStartWith('Cannot write ConfigMap "');
      expect(told).not.toContain("did not answer");
      await login("nobody-knows-me");
      await lastError('does not accept the credentials of user "ann" (context "dev")');
      await login(token);
      await objects.untilThere("ConfigMap/front");
      expect(await ork.stop()).toBe(EXIT.ok);
      expect(JSON.stringify(ork.log)).not.toContain(token);
      await objects.delete("Door/front");
    });
  },
});

/** Gives the token of the file beside it, good for one request; without that file it fails. */
async function writePlugin(folder: string): Promise<string> {
  const path = join(folder, "plugin.sh");
  const status = `{"token":"'"$(cat ${folder}/token)"'","expirationTimestamp":"2001-01-01T00:00:00Z"}`;
  const lines = [
    "#!/bin/sh",
    `if [ ! -f ${folder}/token ]; then echo 'session expired: run sso login' >&2; exit 3; fi`,
    `echo '{"status":${status}}'`,
  ];
  await writeFile(path, lines.join("\n"), { mode: 0o755 });
  return path;
}
