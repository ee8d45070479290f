/** What servers do that keeps an import from being read: once each, whatever kind of source it is. */
import type { IncomingMessage, ServerResponse } from "node:http";

export interface Fault {
  readonly what: string;
  /** On the first request, or on the one that comes after what the first said. */
  readonly stage?: 2;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
}

const status = (code: number): Fault => ({
  what: `a ${code}`,
  answer: (_, response) => void response.writeHead(code).end("no\n"),
});

const body = (what: string, content: string | Uint8Array, type = "text/plain"): Fault => ({
  what,
  answer: (_, response) => void response.writeHead(200, { "content-type": type }).end(content),
});

const redirect = (what: string, location: string): Fault => ({
  what,
  answer: (_, response) => void response.writeHead(302, { location }).end(),
});

export const FAULTS: readonly Fault[] = [
  ...[204, 400, 401, 403, 404, 410, 429, 500, 502, 503].map(status),
  body("a web page", "<html><body>Log in</body></html>", "text/html; charset=utf-8"),
  body("nothing at all", ""),
  body("what is no YAML", "kind: [unclosed\n\tapi: {"),
  body("another document", "apiVersion: v1\nkind: Pod\nmetadata: { name: x }\n"),
  body("invalid UTF-8", new Uint8Array([0x6b, 0x3a, 0xff, 0xfe, 0x0a])),
  body("more than anybody reads", `# ${"x".repeat(12 * 1024 * 1024)}`),
  {
    what: "a compressed answer",
    answer: (_, response) =>
      void response.writeHead(200, { "content-encoding": "gzip" }).end("not even gzip"),
  },
  {
    what: "an answer that is cut off",
    answer(_, response) {
      response.writeHead(200, { "content-length": "1000" });
      response.write("apiVersion: orkestra");
      setTimeout(() => response.destroy(), 20);
    },
  },
  { what: "a connection that is cut", answer: (request) => void request.socket.destroy() },
  {
    what: "silence",
    answer() {
      // The client's patience ends it.
    },
  },
  {
    what: "a body that never ends",
    answer(_, response) {
      response.writeHead(200);
      response.write("apiVersion: ");
    },
  },
  redirect("a redirect to itself", "?again"),
  redirect("a redirect to plain http", "http://plain.example.io/katalog.yaml"),
  redirect("a redirect to a private address", "https://10.0.0.1/katalog.yaml"),
  redirect("a redirect to a metadata service", "https://169.254.169.254/latest/meta-data"),
  redirect("a redirect to a file", "file:///etc/passwd"),
  { what: "a redirect to nowhere", answer: (_, response) => void response.writeHead(302).end() },
  { what: "a 404 for what was promised", stage: 2, answer: status(404).answer },
  {
    what: "other content than was promised",
    stage: 2,
    answer: (_, response) => void response.writeHead(200).end("changed between two reads"),
  },
  {
    what: "half of what was promised",
    stage: 2,
    answer(_, response) {
      response.writeHead(200, { "content-length": "5000" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    },
  },
];
