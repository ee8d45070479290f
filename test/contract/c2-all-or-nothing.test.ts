/**
 * C2, all or nothing: whatever goes wrong with one import, of whatever kind, ends the start before the
 * first write to the cluster, with a message that names the import, its line and what to do.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { mapParallel } from "../../src/std/parallel.ts";
import { AuditLog, isWrite } from "../support/audit-log.ts";
import { createAuthority } from "../support/certificates.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { GitServer, hasGit } from "../support/git-server.ts";
import { orkOnce } from "../support/ork-process.ts";
import { WebServer } from "../support/web-server.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { chartOf, indexOf, katalogOf, komposerOf, Sources } from "./sources.ts";

const KINDS = ["file", "helm", "registry", "git"] as const;
type Kind = (typeof KINDS)[number];

/** The import of each kind, and whether a request is the first or a later one of it. */
const IMPORTS: Readonly<Record<Kind, { imports: object; named: string; isLater: RegExp }>> = {
  file: {
    imports: { files: ["good.yaml", "https://files.example.io/katalog.yaml"] },
    named: "https://files.example.io/katalog.yaml",
    isLater: /never/,
  },
  helm: {
    imports: {
      files: ["good.yaml"],
      helm: [{ repo: "https://charts.example.io", chart: "platform", version: "1.0.0" }],
    },
    named: "charts.example.io",
    isLater: /\.tgz$/,
  },
  registry: {
    imports: { files: ["good.yaml"], registry: ["oci://registry.example.io/patterns/one:v1"] },
    named: "oci://registry.example.io/patterns/one:v1",
    isLater: /\/blobs\//,
  },
  git: {
    imports: { files: ["good.yaml"], registry: ["https://git.example.io/patterns@main"] },
    named: "https://git.example.io/patterns@main",
    isLater: /^[^?]*\/git-upload-pack$/,
  },
};

describeWithCluster("C2 all or nothing", {
  needs: ["audit"],
  tests(cluster) {
    let sources: Sources;
    let kubeconfig = "";
    let audit: AuditLog;
    let user = "";
    let current: { fault: Fault; kind: Kind } | undefined;

    /** True: the fault happened instead of the answer. */
    function plays(kind: Kind, request: IncomingMessage, response: ServerResponse): boolean {
      if (current?.kind !== kind) return false;
      const isLater = IMPORTS[kind].isLater.test(request.url ?? "");
      if (isLater !== (current.fault.stage === 2)) return false;
      current.fault.answer(request, response);
      return true;
    }

    beforeAll(async () => {
      sources = await Sources.open();
      await sources.write("good.yaml", katalogOf("good"));
      await sources.serve(["files.example.io"], (request, response) => {
        if (!plays("file", request, response)) response.end(katalogOf("remote"));
      });
      const chart = await chartOf("platform", "1.0.0");
      await sources.serve(["charts.example.io"], (request, response) => {
        if (plays("helm", request, response)) return;
        response.end(request.url?.endsWith(".tgz") ? chart : indexOf("platform", "1.0.0", chart));
      });
      await startRegistry();
      if (hasGit()) await startGit();
      const namespace = await cluster().newNamespace("all-or-nothing");
      const name = "composer";
      const all = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
      kubeconfig = await cluster().serviceAccount({ name, namespace, clusterRules: [all] });
      user = `system:serviceaccount:${namespace}:${name}`;
      audit = new AuditLog(cluster().auditLogPath ?? "");
    }, 60_000);
    afterAll(() => sources[Symbol.asyncDispose]());

    async function startRegistry(): Promise<void> {
      const registry = await FakeRegistry.start(sources.authority.issue(["registry.example.io"]));
      const layer = new TextEncoder().encode(katalogOf("one"));
      const config = new TextEncoder().encode("{}");
      const of = (bytes: Uint8Array) => ({ digest: registry.addBlob(bytes), size: bytes.length });
      const mediaType = "application/vnd.oci.image.manifest.v1+json";
      const title = { "org.opencontainers.image.title": "katalog.yaml" };
      const manifest = {
        schemaVersion: 2,
        mediaType,
        config: { mediaType: "application/vnd.oci.empty.v1+json", ...of(config) },
        layers: [{ mediaType: "application/yaml", ...of(layer), annotations: title }],
      };
      const bytes = new TextEncoder().encode(JSON.stringify(manifest));
      registry.addManifest("patterns/one", "v1", { bytes, mediaType });
      registry.intercept = (request, response) => plays("registry", request, response);
      sources.own(registry);
      sources.place(["registry.example.io"], registry.server);
    }

    async function startGit(): Promise<void> {
      const git = await GitServer.start({
        tls: sources.authority.issue(["git.example.io"]),
        intercept: (request, response) => plays("git", request, response),
      });
      sources.own(git);
      sources.place(["git.example.io"], git.web);
      git.commit("patterns", { "katalog.yaml": katalogOf("pattern") });
    }

    function run(kind: Kind, flags: readonly string[] = []) {
      const { imports } = IMPORTS[kind];
      const text = komposerOf(imports);
      const own = ["--kubeconfig", kubeconfig, "--import-timeout", "700ms"];
      return sources.ork(["run", "--listen", "0", ...own], { text, flags });
    }

    function expectRefusal(result: { code: number; stderr: string }, kind: Kind, what: string) {
      const place = { kind, what };
      expect({
        ...place,
        isRefused: [EXIT.issues, EXIT.operational].includes(result.code as 3),
      }).toEqual({ ...place, isRefused: true });
      const errors = result.stderr
        .split(/^(?=error: )/m)
        .filter((one) => one.startsWith("error: "));
      expect({ ...place, errors: errors.length > 0 }).toEqual({ ...place, errors: true });
      expect(result.stderr).toContain(IMPORTS[kind].named);
      // Where it stands in the Komposer, or in what was imported.
      expect(result.stderr).toMatch(/--> \S+:\d+:\d+/);
      // What to do is the last line of the issue.
      const lines = errors[0]?.trimEnd().split("\n") ?? [];
      expect({ ...place, hint: lines.at(-2) ?? "" }).toMatchObject({
        ...place,
        hint: expect.stringMatching(/^ {2}\S/),
      });
    }

    async function requests() {
      // The log is written behind the answers.
      await Bun.sleep(300);
      return audit.take().filter((request) => request.user === user);
    }

    test("each source is read when nothing goes wrong", async () => {
      const results = await mapParallel(KINDS, 1, async (kind) => {
        if (kind === "git" && !hasGit()) return 0;
        const text = komposerOf(IMPORTS[kind].imports);
        return (await sources.ork(["validate"], { text })).code;
      });
      expect(results).toEqual([0, 0, 0, 0]);
    });

    test.each(KINDS)(
      "every fault of a server ends the start with no request to the cluster: %s",
      async (kind) => {
        if (kind === "git" && !hasGit()) return;
        const faults = FAULTS.filter(({ stage }) => kind !== "file" || stage === undefined);
        expect(faults.length).toBeGreaterThan(20);
        for (const fault of faults) {
          current = { fault, kind };
          const result = await run(kind);
          current = undefined;
          expectRefusal(result, kind, fault.what);
        }
        expect((await requests()).filter(isWrite)).toEqual([]);
      },
      180_000,
    );

    test.each(KINDS)(
      "every fault on the way to a server ends the start with no request to the cluster: %s",
      async (kind) => {
        const host = { file: "files", helm: "charts", registry: "registry", git: "git" }[kind];
        const name = `${host}.example.io`;
        const answer = (_: unknown, response: ServerResponse) => void response.end("never read");
        const strange = createAuthority("Somebody else");
        await using other = await WebServer.start(answer, strange.issue([name]));
        await using wrongName = await WebServer.start(
          answer,
          sources.authority.issue(["another.example.io"]),
        );
        const yesterday = Date.now() - 3_600_000;
        await using expired = await WebServer.start(
          answer,
          sources.authority.issue([name], yesterday),
        );
        await using plain = await WebServer.start(answer);
        const closed = await closedPort();
        const ways = [
          ["another authority", `--resolve=${name}=127.0.0.1:${other.port}`],
          ["another name", `--resolve=${name}=127.0.0.1:${wrongName.port}`],
          ["an expired certificate", `--resolve=${name}=127.0.0.1:${expired.port}`],
          ["no TLS", `--resolve=${name}=127.0.0.1:${plain.port}`],
          ["nobody there", `--resolve=${name}=127.0.0.1:${closed}`],
          ["a private address", `--resolve=${name}=10.1.2.3`],
          ["a metadata service", `--resolve=${name}=169.254.169.254`],
        ] as const;
        for (const [what, flag] of ways) expectRefusal(await run(kind, [flag]), kind, what);
        expect((await requests()).filter(isWrite)).toEqual([]);
      },
      120_000,
    );

    test("a host that nobody knows ends the start with no request to the cluster", async () => {
      const text = komposerOf({ files: ["good.yaml", "https://nowhere.invalid/katalog.yaml"] });
      const path = await sources.write("komposer.yaml", text);
      const flags = ["--listen", "0", "--kubeconfig", kubeconfig, "--import-timeout", "5s"];
      const { code, stderr } = await orkOnce(["run", "-f", path, ...flags]);
      expect(code).toBe(EXIT.operational);
      expect(stderr).toContain('Cannot read "https://nowhere.invalid/katalog.yaml"');
      expect((await requests()).filter(isWrite)).toEqual([]);
    });

    test.each([
      ["a pin that does not fit", { files: [{ url: "good.yaml", sha256: "0".repeat(64) }] }],
      ["a file that is not there", { files: ["good.yaml", "none.yaml"] }],
      ["two entries of one name", { files: ["good.yaml", "again.yaml"] }],
      ["an import that brings nothing", { files: ["good.yaml", "empty.yaml"] }],
    ])("%s ends the start with no request to the cluster", async (_, imports) => {
      await sources.write("again.yaml", katalogOf("good"));
      await sources.write("empty.yaml", katalogOf("x").replace(/crds:[\s\S]*/, "crds: {}\n"));
      const flags = ["--listen", "0", "--kubeconfig", kubeconfig];
      const { code, stderr } = await sources.ork(["run", ...flags], { text: komposerOf(imports) });
      expect([EXIT.issues, EXIT.operational]).toContain(code as 3);
      expect(stderr).toMatch(/--> \S+:\d+:\d+/);
      expect((await requests()).filter(isWrite)).toEqual([]);
    });
  },
});

async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
