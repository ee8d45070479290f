/**
 * Helm itself and Go's own `text/template` as oracles: builds the program of `test/oracle` once per
 * machine and asks it everything in one go.
 *
 * Where Go is missing, tests are skipped, and that is said loudly; with `CI=true` it is a failure.
 */
import { beforeAll, describe, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { holdBuildLock } from "./build-lock.ts";
import { startProgress } from "./build-progress.ts";
import { cacheFolder, go, publish, sourceHash } from "./controlplane-build.ts";

const SOURCE_FOLDER = join(import.meta.dir, "..", "oracle");

export interface OracleChart {
  readonly files: Readonly<Record<string, string>>;
  readonly valueFiles: readonly string[];
  /** `""`: the one that Helm assumes. */
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
}

export interface OracleTemplate {
  readonly template: string;
  /** `{"$float": 3}` is a float64 without a fraction. */
  readonly data: unknown;
  readonly missingKey: string;
}

/** A chart to be signed with a key that is made for it. */
export interface OracleSigning {
  readonly key: OracleKey;
  /** Base64. */
  readonly archive: string;
  readonly fileName: string;
  /** `Chart.yaml`. */
  readonly metadata: string;
}

/** `expired` was valid when it signed; `revoked` is so in the keyring. */
export type OracleKey =
  | "rsa"
  | "rsa1024"
  | "ed25519"
  | "ed25519v6"
  | "p256"
  | "expired"
  | "revoked";

export interface OracleSigned {
  readonly key: OracleKey;
  /** Armored. */
  readonly keyring: string;
  /** Base64. */
  readonly binary: string;
  readonly provenance: string;
  /** Hex digits. */
  readonly fingerprint: string;
}

/** What Helm says to a provenance file: the fingerprint of the signer. */
export interface OracleProvenance {
  /** Armored. */
  readonly keyring: string;
  /** Base64. */
  readonly archive: string;
  readonly fileName: string;
  /** Base64. */
  readonly provenance: string;
}

export interface OracleRequest {
  readonly charts?: readonly OracleChart[];
  readonly templates?: readonly OracleTemplate[];
  readonly constraints?: readonly { readonly constraint: string; readonly version: string }[];
  readonly signings?: readonly OracleSigning[];
  readonly provenances?: readonly OracleProvenance[];
}

export interface OracleAnswer {
  readonly output: string;
  readonly error?: string;
}

export interface OracleAnswers {
  readonly charts: readonly OracleAnswer[];
  readonly templates: readonly OracleAnswer[];
  /** `true`, `false`, `no version`, `no constraint`. */
  readonly constraints: readonly string[];
  readonly signings: readonly OracleSigned[];
  readonly provenances: readonly OracleAnswer[];
  /** Functions of sprig that templates may use. */
  readonly functions: readonly string[];
}

export interface OracleSuite {
  readonly request: OracleRequest;
  /** Declares the tests; `answers()` is to be called inside of them. */
  readonly tests: (answers: () => OracleAnswers) => void;
}

/** Compiling Helm may be part of the first run. */
const BUILD_TIMEOUT_MS = 15 * 60_000;

export function describeWithOracle(title: string, { request, tests }: OracleSuite): void {
  let answers: OracleAnswers | undefined;
  const given = () => {
    if (answers === undefined) throw new Error("Cannot use the answers outside of a test");
    return answers;
  };
  if (!existsSync(programPath()) && Bun.which("go") === null) {
    console.error(`\n*** SKIPPED, no Go to build the oracle with: ${title}\n`);
    describe.skip(title, () => tests(given));
    if (process.env["CI"] === "true") {
      test(`${title}: is compared with the oracle`, () => {
        throw new Error('Cannot skip tests with CI=true: "go" is not in PATH (https://go.dev/dl)');
      });
    }
    return;
  }
  describe(title, () => {
    beforeAll(async () => {
      answers = await askOracle(request);
    }, BUILD_TIMEOUT_MS);
    tests(given);
  });
}

/** Once; builds the program where it is missing. */
export async function askOracle(request: OracleRequest): Promise<OracleAnswers> {
  const asked = {
    charts: [],
    templates: [],
    constraints: [],
    signings: [],
    provenances: [],
    ...request,
  };
  const child = Bun.spawn([await prepareOracle()], {
    stdin: new Blob([JSON.stringify(asked)]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`Cannot ask the oracle: ${errors}`);
  return JSON.parse(output) as OracleAnswers;
}

function programPath(): string {
  return join(cacheFolder(process.env), `oracle-${sourceHash(SOURCE_FOLDER)}`, "oracle");
}

/** About a minute the first time, nothing afterwards. */
async function prepareOracle(): Promise<string> {
  const program = programPath();
  if (existsSync(program)) return program;
  const cache = cacheFolder(process.env);
  await mkdir(cache, { recursive: true });
  const print = (text: string) => void process.stderr.write(text);
  await using _lock = await holdBuildLock(join(cache, "build.lock"), { print });
  if (existsSync(program)) return program;
  using progress = startProgress(print, {
    title: "Building Helm as an oracle for the tests: about a minute the first time",
    detail: `kept in ${program}`,
  });
  await publish(join(program, ".."), async (draft) => {
    const out = join(draft, "oracle");
    const build = ["build", "-v", "-ldflags", "-s -w", "-o", out, "."];
    await go(build, { env: process.env, cwd: SOURCE_FOLDER, progress });
  });
  progress.done();
  return program;
}
