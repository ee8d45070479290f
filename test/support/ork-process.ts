/**
 * Drives `ork` as a user does: command lines that end (`orkOnce`), and a process that serves until it is
 * told to stop (`OrkProcess`).
 *
 * Guarantee: no process outlives its test: dispose it, and it is asked, then killed; it ends with the test
 * process in any case.
 */
import { builtOrk, ROOT } from "./built-ork.ts";
import { eventually } from "./eventually.ts";
import { outputOf } from "./process-output.ts";

export interface OrkOptions {
  /** Instead of the built executable: `["deno", "run", "-A", "dist/ork.js"]`. */
  readonly program?: readonly string[];
  /** Over the environment of the tests; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the root of the repository. */
  readonly cwd?: string;
  readonly stdin?: string;
  /** It is killed after that long, whoever forgot it. Default 30 minutes, of a command line one. */
  readonly lifeMs?: number;
}

export interface OrkResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of the log in its JSON form. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** No command line of a test takes longer; what does is killed, and its test fails. */
const ONCE_TIMEOUT_MS = 60_000;
/** Longer than any test. */
const LONGEST_LIFE_MS = 30 * 60_000;
const STOP_PATIENCE_MS = 30_000;

/** Runs a command line to its end. */
export async function orkOnce(
  args: readonly string[],
  options: OrkOptions = {},
): Promise<OrkResult> {
  const { lifeMs = ONCE_TIMEOUT_MS } = options;
  const child = await spawn(args, { ...options, timeoutMs: lifeMs });
  const { stdout, stderr, code } = await outputOf(child);
  if (child.signalCode !== null) {
    throw new Error(`ork ${args.join(" ")} was ended by ${child.signalCode}:\n${stderr}`);
  }
  return { code, stdout, stderr };
}

/** A started `ork`: `await using ork = await OrkProcess.start(["run", …])`. */
export class OrkProcess implements AsyncDisposable {
  readonly #child: Child;
  readonly #output = { stdout: "", stderr: "" };
  readonly #drained: Promise<unknown>;
  #isReading = true;

  private constructor(child: Child) {
    this.#child = child;
    const gather = async (name: "stdout" | "stderr") => {
      const decoder = new TextDecoder();
      for await (const chunk of child[name]) {
        this.#output[name] += decoder.decode(chunk, { stream: true });
        if (!this.#isReading) break;
      }
    };
    this.#drained = Promise.all([gather("stdout"), gather("stderr")]);
  }

  /** Starts it and does not wait. */
  static async start(args: readonly string[], options: OrkOptions = {}): Promise<OrkProcess> {
    const { lifeMs = LONGEST_LIFE_MS } = options;
    return new OrkProcess(await spawn(args, { ...options, timeoutMs: lifeMs }));
  }

  /** `ork run` on a free port of its own, when it is ready. */
  static async serve(args: readonly string[], options: OrkOptions = {}): Promise<OrkProcess> {
    const ork = await OrkProcess.start(["run", "--listen", "127.0.0.1:0", ...args], options);
    try {
      await ork.untilReady();
      return ork;
    } catch (error) {
      await ork[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }
  get stdout(): string {
    return this.#output.stdout;
  }
  get stderr(): string {
    return this.#output.stderr;
  }
  /** `undefined` while it runs. */
  get exitCode(): number | undefined {
    return this.#child.exitCode ?? undefined;
  }

  /** Lines of a log in JSON, as far as they are complete. */
  get log(): readonly LogLine[] {
    const lines = this.stderr.split("\n").slice(0, -1);
    return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as LogLine);
  }

  /** Address of probes and view, once it has said so in its log. */
  get url(): string | undefined {
    return /url["=:]+(http:\/\/127\.0\.0\.1:\d+)/.exec(this.stderr)?.[1];
  }

  async untilReady(): Promise<void> {
    await this.eventually("ork is ready", async () => {
      return this.url !== undefined && (await this.view("/ready")).status === 200;
    });
  }

  /** Like `eventually`, but ends at once when the process has, and shows its log on failure. */
  async eventually<T>(
    what: string,
    look: () => Promise<T | undefined | false> | T | undefined | false,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<T> {
    let hasEnded = false;
    try {
      const seen = await eventually(
        what,
        async () => {
          hasEnded = this.exitCode !== undefined;
          return hasEnded ? { value: undefined } : wrap(await look());
        },
        options,
      );
      if (!hasEnded) return seen.value as T;
    } catch (error) {
      throw new Error(`${what}: not so\n${this.#tail()}`, { cause: error });
    }
    throw new Error(`${what}: ork ended with exit code ${this.exitCode}\n${this.#tail()}`);
  }

  /** A GET of the view; JSON is parsed. */
  async view<T = Record<string, unknown>>(path: string): Promise<{ status: number; body: T }> {
    if (this.url === undefined) throw new Error("Cannot ask the view: ork has not opened it");
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, body: (isJson ? JSON.parse(text) : text) as T };
  }

  /** Closes the pipes of its output after the next that comes, as a reader does that has died. */
  stopReading(): void {
    this.#isReading = false;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** SIGTERM, and how it ended. @throws Error when it did not, and had to be killed */
  async stop(): Promise<number> {
    await this[Symbol.asyncDispose]();
    if (this.#child.signalCode !== null) {
      throw new Error(`ork was ended by ${this.#child.signalCode}\n${this.#tail()}`);
    }
    return this.ended();
  }

  /** Waits for the end of the process and of its output. */
  async ended(): Promise<number> {
    const code = await this.#child.exited;
    await this.#drained;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.exitCode !== undefined || this.#child.signalCode !== null) return;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_PATIENCE_MS);
    await this.#child.exited;
    clearTimeout(timer);
  }

  #tail(): string {
    return this.stderr.split("\n").slice(-25).join("\n");
  }
}

/** `eventually` takes everything that is not `undefined` or `false` for an answer. */
function wrap<T>(value: T | undefined | false): { value: T } | undefined {
  return value === undefined || value === false ? undefined : { value };
}

type Child = Bun.Subprocess<"ignore" | Blob, "pipe", "pipe">;

async function spawn(
  args: readonly string[],
  options: OrkOptions & { readonly timeoutMs: number },
): Promise<Child> {
  const program = options.program ?? [(await builtOrk()).executable];
  const child: Child = Bun.spawn([...program, ...args], {
    cwd: options.cwd ?? ROOT,
    env: cleanEnvironment(options.env),
    stdin: options.stdin === undefined ? "ignore" : new Blob([options.stdin]),
    stdout: "pipe",
    stderr: "pipe",
    timeout: options.timeoutMs,
    killSignal: "SIGKILL",
  });
  const leash = () => child.kill("SIGKILL");
  process.once("exit", leash);
  void child.exited.then(() => process.off("exit", leash));
  return child;
}

/** Nothing of the developer's own settings may decide a test. */
function cleanEnvironment(env: OrkOptions["env"] = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(ORK_|KUBE|NO_COLOR|FORCE_COLOR|LOG_LEVEL|NAMESPACE|KATALOG_PATH)/.test(name),
  );
  const all = [...own, ...Object.entries(env)];
  return Object.fromEntries(
    all.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
