/**
 * The program, in one of its two roles: the command line, or, started once more as a thread, the place
 * where a module of hooks runs. What the one needs the other does not load.
 */
import process from "node:process";
import { applyEngineSettings } from "./cli/engine-settings.ts";
import { EXIT } from "./cli/exit-codes.ts";
import { MISSING_RIGHT_HINT, missingRight } from "./cli/runtime-rights.ts";
import { threadRole, threadStarter } from "./hook/thread-role.ts";

try {
  const role = await threadRole();
  if (role) {
    const { serveHooks } = await import("./hook/worker.ts");
    await serveHooks(role);
  } else {
    applyEngineSettings(process);
    const { runProcess } = await import("./cli/process.ts");
    await runProcess(await threadStarter(import.meta.url));
  }
} catch (error) {
  const refused = missingRight(error);
  if (refused === undefined) throw error;
  process.stderr.write(`error: ${refused.message}\n  ${MISSING_RIGHT_HINT}\n`);
  process.exit(EXIT.operational);
}
