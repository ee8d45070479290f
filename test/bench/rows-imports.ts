/**
 * What it takes to read imports: fifty that each take their time, and a start from the cache alone. The
 * server is in this process, over TLS; a start without any import is taken beside, so that what the
 * imports cost can be told from what the machine costs.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../support/certificates.ts";
import { WebServer } from "../support/web-server.ts";
import type { BenchContext, RowGroup } from "./bench-context.ts";
import { ms, type Row } from "./report.ts";
import { median } from "./statistics.ts";

const RUNS = 7;
const IMPORTS = 50;
const ANSWER_MS = 200;
const SLOW_LIMIT_MS = 1_500;
const OFFLINE_LIMIT_MS = 300;

export const imports: RowGroup = { name: "imports", run: measureImports };

async function measureImports(context: BenchContext): Promise<Row[]> {
  context.say("imports");
  await using stage = await ImportStage.open(context.executables.ork);
  const [slow, alone] = [
    await stage.time("slow", ["validate"]),
    await stage.time("one", ["validate"]),
  ];
  await stage.time("quick", ["lock"], 1);
  const offline = ["validate", "--locked", "--offline"];
  const warm = await stage.time("quick", offline);
  await stage.time("one", ["lock"], 1);
  const warmOne = await stage.time("one", offline);
  return [
    {
      what: `\`validate\` of ${IMPORTS} imports of ${ANSWER_MS} ms each (median of ${RUNS})`,
      measured: `${ms(slow.elapsedMs)} (of one that answers at once: ${ms(alone.elapsedMs)})`,
      bar: `≤ ${SLOW_LIMIT_MS / 1000} s`,
      isMet: slow.elapsedMs <= SLOW_LIMIT_MS,
    },
    {
      what: `${IMPORTS} imports of ${ANSWER_MS} ms each on a terminal: progress`,
      measured: /Reading imports: .*/.exec(slow.errors)?.[0] ?? "none",
      bar: "shown",
      isMet: slow.errors.includes("Reading imports:"),
    },
    offlineRow(`one import`, warmOne.elapsedMs),
    offlineRow(`${IMPORTS} imports`, warm.elapsedMs),
  ];
}

function offlineRow(what: string, elapsedMs: number): Row {
  return {
    what: `warm \`validate --locked --offline\` of ${what} (median of ${RUNS})`,
    measured: ms(elapsedMs),
    bar: `≤ ${OFFLINE_LIMIT_MS} ms`,
    isMet: elapsedMs <= OFFLINE_LIMIT_MS,
  };
}

interface Timed {
  readonly elapsedMs: number;
  /** What the last run said beside its result. */
  readonly errors: string;
}

/** Komposers, the server that they import from, and a cache. */
class ImportStage implements AsyncDisposable {
  readonly #ork: readonly string[];
  readonly #folder: string;
  readonly #server: WebServer;

  private constructor(ork: readonly string[], folder: string, server: WebServer) {
    this.#ork = ork;
    this.#folder = folder;
    this.#server = server;
  }

  static async open(ork: readonly string[]): Promise<ImportStage> {
    const folder = await mkdtemp(join(tmpdir(), "orkestra-bench-"));
    const authority = createAuthority();
    await writeFile(join(folder, "ca.crt"), authority.cert);
    const server = await WebServer.start(
      ({ url = "" }, response) => {
        const [, speed, index = ""] = /^\/(\w+)\/(\d+)\.yaml$/.exec(url) ?? [];
        const answer = () => response.end(katalogOf(`k${index}`));
        setTimeout(answer, speed === "slow" ? ANSWER_MS : 0);
      },
      authority.issue(["api.example.io"]),
    );
    const stage = new ImportStage(ork, folder, server);
    for (const [name, count] of [
      ["slow", IMPORTS],
      ["quick", IMPORTS],
      ["one", 1],
    ] as const) {
      await Bun.write(stage.#pathOf(name), komposerOf(name, count));
    }
    return stage;
  }

  /** Runs a command over one of the Komposers; the median of its times. */
  async time(name: string, command: readonly string[], runs = RUNS): Promise<Timed> {
    const times: number[] = [];
    let errors = "";
    for (let run = 0; run < runs; run++) {
      const beginMs = performance.now();
      const child = Bun.spawn([...this.#ork, ...command, ...this.#flags(name)], {
        // As on a terminal, where progress is told earlier.
        env: { ...process.env, FORCE_COLOR: "1" },
        stdin: "ignore",
        stdout: "ignore",
        stderr: "pipe",
      });
      errors = await new Response(child.stderr).text();
      const code = await child.exited;
      times.push(performance.now() - beginMs);
      if (code !== 0) throw new Error(`"ork ${command.join(" ")}" ended with ${code}: ${errors}`);
    }
    return { elapsedMs: median(times), errors };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }

  #pathOf(name: string): string {
    return join(this.#folder, name, "komposer.yaml");
  }

  #flags(name: string): readonly string[] {
    const place = `--resolve=api.example.io=127.0.0.1:${this.#server.port}`;
    const trust = ["--ca-file", join(this.#folder, "ca.crt"), "--allow-address", "127.0.0.0/8"];
    return ["-f", this.#pathOf(name), place, ...trust, "--cache-dir", join(this.#folder, "cache")];
  }
}

function katalogOf(name: string): string {
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: ${name} }
spec: { crds: { ${name}: { apiTypes: { group: ${name}.io, version: v1, kind: Thing, plural: things } } } }
`;
}

function komposerOf(speed: string, count: number): string {
  const files = Array.from(
    { length: count },
    (_, index) => `    - https://api.example.io/${speed}/${index}.yaml\n`,
  );
  return `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: ${speed} }
imports:
  files:
${files.join("")}`;
}
