/** A git server that gives what it was told to, whatever that is: protocol version 2, one pack for each repository. */
import type { Certificate } from "./certificates.ts";
import { WebServer } from "./web-server.ts";

const TYPE = "application/x-git-upload-pack";
const MAX_DATA = 65_515;

export class PackServer implements AsyncDisposable {
  /** By the name of the repository. */
  readonly packs: Map<string, Uint8Array>;
  readonly web: WebServer;

  private constructor(web: WebServer, packs: Map<string, Uint8Array>) {
    this.web = web;
    this.packs = packs;
  }

  static async start(tls: Certificate): Promise<PackServer> {
    const packs = new Map<string, Uint8Array>();
    const web = await WebServer.start(({ url = "" }, response) => {
      const [, name = "", question] = /^\/([^/]+)\/(info\/refs|git-upload-pack)/.exec(url) ?? [];
      const isFirst = question === "info/refs";
      response.setHeader("content-type", `${TYPE}-${isFirst ? "advertisement" : "result"}`);
      response.end(isFirst ? ADVERTISEMENT : packAnswer(packs.get(name) ?? new Uint8Array()));
    }, tls);
    return new PackServer(web, packs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.web[Symbol.asyncDispose]();
  }
}

/** Source: gitprotocol-v2(5), "Capability Advertisement". */
const ADVERTISEMENT = Buffer.concat([
  ...["version 2\n", "fetch=shallow\n"].map((line) => packet(Buffer.from(line))),
  Buffer.from("0000"),
]);

/** Source: gitprotocol-v2(5), "packfile": data on channel 1. */
function packAnswer(pack: Uint8Array): Buffer {
  const parts: Buffer[] = [packet(Buffer.from("packfile\n"))];
  for (let at = 0; at < pack.length; at += MAX_DATA) {
    parts.push(packet(Buffer.concat([Buffer.from([1]), pack.subarray(at, at + MAX_DATA)])));
  }
  return Buffer.concat([...parts, Buffer.from("0000")]);
}

function packet(data: Uint8Array): Buffer {
  const length = (data.length + 4).toString(16).padStart(4, "0");
  return Buffer.concat([Buffer.from(length), data]);
}
