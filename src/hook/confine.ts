/**
 * What a thread gives up before a module is loaded in it, so that what the module does by accident
 * reaches less: its share of the processors, what counts for the whole process, and on Deno the
 * environment of the process.
 */
import { constants, setPriority } from "node:os";

type Environment = Record<string, string | undefined>;

export interface ConfineOptions {
  /** `process` of the thread. `env`: what modules may see; theirs to change. */
  readonly process: { readonly platform: string; readonly env: Environment };
  /** Where the runtime keeps what is its own: `globalThis`. */
  readonly scope: object;
}

/** Node and Deno refuse them in threads themselves; on Bun they would move or end the process. */
const OF_THE_PROCESS = ["abort", "chdir", "umask", "setuid", "setgid", "seteuid", "setegid"];

/** For the thread that it is called in. */
export function confineThread({ process, scope }: ConfineOptions): void {
  // Elsewhere it would be the priority of the whole process (https://man7.org/linux/man-pages/man2/setpriority.2.html#BUGS).
  if (process.platform === "linux") yieldProcessors();
  for (const name of OF_THE_PROCESS) refuse(process, name);
  hideEnvironment(scope, process.env);
}

function refuse(holder: object, name: string): void {
  if (!(name in holder)) return;
  const value = () => {
    throw new Error(`Cannot call process.${name}() in a hook: it would change the whole process`);
  };
  Object.defineProperty(holder, name, { value, configurable: true });
}

/** A module that computes for long takes what the main thread leaves. */
function yieldProcessors(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not allowed here: it is a courtesy, and the deadline holds without it.
  }
}

/** Deno shows a thread the variables of the process beside those that it was given. */
function hideEnvironment(scope: object, env: Environment): void {
  const runtime: unknown = Reflect.get(scope, "Deno");
  if (typeof runtime !== "object" || runtime === null) return;
  const shown = {
    get: (name: string) => env[name],
    has: (name: string) => env[name] !== undefined,
    set: (name: string, value: string) => {
      env[name] = value;
    },
    delete: (name: string) => {
      delete env[name];
    },
    toObject: () => ({ ...env }),
  };
  Object.defineProperty(runtime, "env", { value: shown, configurable: true, enumerable: true });
}
