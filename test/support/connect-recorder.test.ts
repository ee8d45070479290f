/** A recorder that misses something proves nothing. */
import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canRecord, recordTo } from "./connect-recorder.ts";

/** Opened and closed at once, with and without an answer, by each way there is. */
const PROGRAM = `
const [net, dgram, https, dns] = [require("node:net"), require("node:dgram"), require("node:https"), require("node:dns/promises")];
const port = Number(process.argv.at(-1));
const socket = net.connect(port, "127.0.0.1").on("error", () => {});
socket.destroy();
net.connect(port + 0, "127.0.0.2").on("error", () => {}).on("connect", function () { this.destroy(); });
https.get({ host: "127.0.0.3", port, path: "/" }).on("error", () => {});
fetch("http://127.0.0.4:" + port).catch(() => {});
dgram.createSocket("udp4").send("x", port, "127.0.0.5", function () { this.close?.(); setTimeout(() => process.exit(0), 300); });
`;

test.skipIf(!canRecord())("recordTo() writes every connection down, however short", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ork-connections-"));
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const own = ["node", "-e", PROGRAM, String(port)];
  const { program, env, addresses } = await recordTo(join(folder, "log"), own);
  const child = Bun.spawn([...program], { env: { ...process.env, ...env }, stdout: "ignore" });
  expect(await child.exited).toBe(0);
  const seen = (await addresses()).join("\n");
  for (const last of [2, 3, 4]) expect(seen).toContain(`127.0.0.${last}:${port}`);
  expect(seen).toMatch(new RegExp(`127\\.0\\.0\\.5:${port}|udp .*127\\.0\\.0\\.5`));
  server.close();
  await rm(folder, { recursive: true });
});
