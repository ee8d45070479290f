/**
 * The program, in one of its two roles: the command line, or, started once more as a thread, the place
 * where a module of hooks runs. What the one needs the other does not load.
 */
import process from "node:process";
import { applyEngineSettings } from "./cli/engine-settings.ts";
import { threadRole, threadStarter } from "./hook/thread-role.ts";

const role = await threadRole();
if (role) {
  const { serveHooks } = await import("./hook/worker.ts");
  await serveHooks(role);
} else {
  applyEngineSettings(process);
  const { runProcess } = await import("./cli/process.ts");
  await runProcess(await threadStarter(import.meta.url));
}
