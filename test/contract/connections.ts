/** The TCP connections of a process, as the kernel knows them. Source: proc(5), `/proc/net/tcp`. */
import { readdir, readFile, readlink } from "node:fs/promises";

export interface Connection {
  readonly localPort: number;
  readonly remotePort: number;
}

const LISTENING = "0A";

/** Those that are open or being opened, by the process and its children. */
export async function connectionsOf(pid: number): Promise<readonly Connection[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const children = text.split(" ").filter((word) => word !== "");
  const all = await Promise.all([pid, ...children.map(Number)].map(connectionsOfOne));
  return all.flat();
}

async function connectionsOfOne(pid: number): Promise<readonly Connection[]> {
  const own = await socketsOf(pid);
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => tableOf(pid, name)));
  return tables.flat().flatMap((line) => {
    const [, local = "", remote = "", state, , , , , , inode = ""] = line.trim().split(/\s+/);
    if (state === LISTENING || !own.has(inode)) return [];
    return [{ localPort: portOf(local), remotePort: portOf(remote) }];
  });
}

async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const names = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(
    names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => "")),
  );
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

async function tableOf(pid: number, name: string): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/net/${name}`, "utf8").catch(() => "");
  return text.split("\n").slice(1, -1);
}

function portOf(address: string): number {
  return Number.parseInt(address.split(":")[1] ?? "", 16);
}
