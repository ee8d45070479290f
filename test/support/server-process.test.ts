/** Servers of the tests never outlive the process that started them. */
import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "./build-lock.ts";
import { eventually } from "./eventually.ts";
import { startServer } from "./server-process.ts";

const PROGRAM = `
  const { startServer } = await import(process.env.MODULE);
  startServer({
    command: "sh",
    args: ["-c", "echo $$ > " + process.env.FOLDER + "/pid; exec sleep 1000"],
    logPath: process.env.FOLDER + "/log",
    leashed: false,
  });
  setInterval(() => {}, 1000);
`;

test("startServer() leaves nothing behind when its process is killed hard", async () => {
  await using folder = await temporaryFolder();
  const MODULE = join(import.meta.dir, "server-process.ts");
  const parent = Bun.spawn([process.execPath, "-e", PROGRAM], {
    env: { ...process.env, MODULE, FOLDER: folder.path },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const pid = await readPid(folder.path);
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await eventually("the server is gone", () => !isAlive(pid));
}, 20_000);

test("kill() ends a server and waits for it", async () => {
  await using folder = await temporaryFolder();
  const server = startServer({
    command: "sh",
    args: ["-c", `echo $$ > ${folder.path}/pid; exec sleep 1000`],
    logPath: join(folder.path, "log"),
    leashed: false,
  });
  const pid = await readPid(folder.path);
  await server.kill();
  expect(isAlive(pid)).toBe(false);
}, 20_000);

test("ended() tells how a server ended by itself and what it said last", async () => {
  await using folder = await temporaryFolder();
  const server = startServer({
    command: "sh",
    args: ["-c", "echo no room >&2; exit 3"],
    logPath: join(folder.path, "log"),
    leashed: false,
  });
  const how = await eventually("the server has ended", () => server.ended());
  expect(how).toBe("sh ended with code 3\nno room");
}, 20_000);

async function readPid(folder: string): Promise<number> {
  return eventually("the server has started", async () => {
    return Number(await Bun.file(join(folder, "pid")).text()) || undefined;
  });
}

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "orkestra-server-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
