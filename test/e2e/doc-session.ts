/**
 * A reader at work on one page: a folder of their own, a shell that remembers where it is and what it
 * exported, and further terminals for programs that keep running (`ork run`, `ork sandbox`).
 *
 * `ork` and `kubectl` are on the PATH; `dist` and `examples` are in the folder, as in a checkout.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/free-port.ts";

export interface DocSessionOptions {
  readonly kubectlPath: string;
  readonly ork: string;
}

interface Terminal {
  readonly command: "run" | "sandbox";
  readonly child: Bun.Subprocess;
  readonly logPath: string;
}

/** Commands that a reader starts in a terminal of their own and leaves running. */
const KEEPS_RUNNING = /^(?:dist\/)?(?:ork|kubectl orkestra) (run|sandbox)\b(?!.*--help)/;
const COMMAND_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 30_000;
/** Where pages say that the view listens. */
const DOCUMENTED_ADDRESS = "127.0.0.1:8080";

export class DocSession implements AsyncDisposable {
  readonly #root = mkdtempSync(join(tmpdir(), "ork-docs-"));
  readonly #terminals: Terminal[] = [];
  readonly #address: string;
  readonly #env: Record<string, string>;
  /** The terminal that the last block started, if it started one. */
  #latest: Terminal | undefined;

  private constructor({ kubectlPath, ork }: DocSessionOptions, port: number) {
    this.#address = `127.0.0.1:${port}`;
    const programs = join(this.#root, "bin");
    for (const folder of [programs, this.#work]) mkdirSync(folder);
    for (const name of ["ork", "kubectl-orkestra"]) symlinkSync(ork, join(programs, name));
    symlinkSync(kubectlPath, join(programs, "kubectl"));
    mkdirSync(join(this.#work, "dist"));
    symlinkSync(ork, join(this.#work, "dist", "ork"));
    symlinkSync(resolve("dist/orkestra-hooks"), join(this.#work, "dist", "orkestra-hooks"));
    symlinkSync(resolve("examples"), join(this.#work, "examples"));
    this.#env = {
      ...(process.env as Record<string, string>),
      PATH: `${programs}:${process.env["PATH"]}`,
      HOME: this.#root,
      // Discovery is cached by address; another server may have had the same port.
      KUBECACHEDIR: join(this.#root, "kubectl-cache"),
      KUBECONFIG: join(this.#root, "none"),
      ORK_LISTEN: this.#address,
      ORK_LOG_FORMAT: "text",
      NO_COLOR: "1",
    };
    delete this.#env["FORCE_COLOR"];
  }

  static async open(options: DocSessionOptions): Promise<DocSession> {
    const [port = 0] = await freePorts(1);
    return new DocSession(options, port);
  }

  /** Starts a sandbox that commands use until the page brings its own. */
  async startSandbox(): Promise<void> {
    const kubeconfig = join(this.#root, "kubeconfig");
    await this.#start(`ork sandbox --write-kubeconfig ${kubeconfig}`, "sandbox");
    this.#env["KUBECONFIG"] = kubeconfig;
  }

  /** The folder that the reader is in. */
  get folder(): string {
    return existsSync(this.#state("cwd"))
      ? readFileSync(this.#state("cwd"), "utf8").trim()
      : this.#work;
  }

  /**
   * Runs the commands of one block. Gives what they printed, standard error included. What is to end
   * with a failure does not keep running.
   */
  async run(
    script: string,
    { exitCode = 0 }: { readonly exitCode?: number } = {},
  ): Promise<{ readonly output: string; readonly code: number }> {
    this.#latest = undefined;
    const commands = script.replaceAll(DOCUMENTED_ADDRESS, this.#address);
    const last = commands.trim().split("\n").at(-1) ?? "";
    const keeps = KEEPS_RUNNING.exec(last)?.[1] as Terminal["command"] | undefined;
    if (keeps && exitCode === 0) {
      this.#latest = await this.#start(commands, keeps);
      return { output: "", code: 0 };
    }
    const child = this.#spawn(
      `${commands}\nexport -p > '${this.#state("env")}'\npwd > '${this.#state("cwd")}'`,
    );
    const timeout = setTimeout(() => child.kill(), COMMAND_TIMEOUT_MS);
    const [output, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    clearTimeout(timeout);
    return { output: output.replaceAll(this.#address, DOCUMENTED_ADDRESS), code };
  }

  /** What the last started terminal has printed so far; `undefined` when the last block was another. */
  terminalOutput(): string | undefined {
    if (!this.#latest) return undefined;
    return readFileSync(this.#latest.logPath, "utf8").replaceAll(this.#address, DOCUMENTED_ADDRESS);
  }

  /** Everything that is running, for messages about a failure. */
  logs(): string {
    return this.#terminals.map(({ logPath }) => readFileSync(logPath, "utf8")).join("\n");
  }

  /** Like Ctrl-C there: a second start in the same terminal stops what ran in it. */
  async #start(commands: string, command: Terminal["command"]): Promise<Terminal> {
    await this.#stop((terminal) => terminal.command === command && command === "run");
    const logPath = join(this.#root, `terminal-${this.#terminals.length}.log`);
    appendFileSync(logPath, "");
    const lines = commands.trim().split("\n");
    const before = lines.slice(0, -1).join("\n");
    const child = this.#spawn(`${before}\nexec > '${logPath}' 2>&1\nexec ${lines.at(-1)}`);
    const terminal = { command, child, logPath };
    this.#terminals.push(terminal);
    await eventually(
      `"${lines.at(-1)}" is up`,
      async () => {
        if (child.exitCode !== null) return true;
        if (command === "sandbox")
          return readFileSync(logPath, "utf8").includes("export KUBECONFIG");
        return (await fetch(`http://${this.#address}/ready`)).ok;
      },
      { timeoutMs: START_TIMEOUT_MS },
    ).catch((error: unknown) => {
      throw new Error(`It printed:\n${readFileSync(logPath, "utf8")}`, { cause: error });
    });
    if (child.exitCode === null) return terminal;
    const printed = `${readFileSync(logPath, "utf8")}${await new Response(child.stdout).text()}`;
    throw new Error(`"${lines.at(-1)}" ended with ${child.exitCode}:\n${printed}`);
  }

  #spawn(script: string) {
    const restore = `cd '${this.folder}'\nif [ -f '${this.#state("env")}' ]; then . '${this.#state("env")}'; fi`;
    return Bun.spawn(["bash", "-e", "-c", `exec 2>&1\n${restore}\n${script}`], {
      env: this.#env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
  }

  get #work(): string {
    return join(this.#root, "work");
  }

  #state(name: string): string {
    return join(this.#root, `shell-${name}`);
  }

  async #stop(which: (terminal: Terminal) => boolean): Promise<void> {
    for (const terminal of this.#terminals.filter(which)) {
      terminal.child.kill("SIGTERM");
      await terminal.child.exited;
      this.#terminals.splice(this.#terminals.indexOf(terminal), 1);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop(({ command }) => command === "run");
    await this.#stop(() => true);
    await rm(this.#root, { recursive: true, force: true });
  }
}
