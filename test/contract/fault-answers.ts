/** What servers answer instead of what they are asked for: a part of the table of `faults.ts`. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { AnswerFault, Told } from "./fault-kinds.ts";

const status = (code: number): AnswerFault & Told => ({
  what: `a ${code}`,
  says: new RegExp(`: the (server|registry) answered ${code} ${STATUS_CODES[code]}`),
  answer: (_, response) => void response.writeHead(code).end("no\n"),
});

interface Body extends Told {
  readonly content: string | Uint8Array;
  readonly type?: string;
}

const body = (what: string, { content, type = "text/plain", ...told }: Body) => ({
  what,
  ...told,
  answer: (_: unknown, response: ServerResponse) =>
    void response.writeHead(200, { "content-type": type }).end(content),
});

const redirect = (what: string, location: string, says: RegExp): AnswerFault & Told => ({
  what,
  says,
  answer: (_, response) => void response.writeHead(302, { location }).end(),
});

/** Of what is no answer of such a server at all. */
const FOREIGN = {
  "helm-oci": /: the answer is no OCI manifest/,
  oci: /: the answer is no OCI manifest/,
  git: /: no git repository answers there/,
};
const NO_INDEX = /: its index.yaml is no index of charts/;
const CUT = /: (the connection was (cut|closed)|the answer ended after \d+ of \d+ bytes)/;
const PATIENCE = { says: /: no whole answer within 0\.7 s/, isEndless: true } as const;
/** More than is read of anything. */
const LARGE_BYTES = 33 * 1024 * 1024;

/** The host of a server that has nothing. */
export const EMPTY_HOST = "gone.example.io";

/** The same for all servers. */
export const ANSWERS: readonly (AnswerFault & Told)[] = [
  ...[204, 400, 401, 403, 404, 410, 429, 500, 502, 503].map(status),
  body("a web page", {
    content: "<html><body>Log in</body></html>",
    type: "text/html; charset=utf-8",
    says: { ...FOREIGN, http: /: the answer is a web page/, helm: /: the answer is a web page/ },
  }),
  body("nothing at all", {
    content: "",
    says: { ...FOREIGN, http: /: it holds no document/, helm: NO_INDEX },
  }),
  body("what is no YAML", {
    content: "kind: [unclosed\n\tapi: {",
    says: { ...FOREIGN, http: /^error: Flow /, helm: /: its index.yaml cannot be read: Flow / },
  }),
  body("another document", {
    content: "apiVersion: v1\nkind: Pod\nmetadata: { name: x }\n",
    says: { ...FOREIGN, http: /: found apiVersion "v1", expected/, helm: NO_INDEX },
  }),
  body("invalid UTF-8", {
    content: new Uint8Array([0x6b, 0x3a, 0xff, 0xfe, 0x0a]),
    says: { ...FOREIGN, http: /: it is not UTF-8 text/, helm: NO_INDEX },
  }),
  body("more than anybody reads", {
    content: Buffer.alloc(LARGE_BYTES, "#"),
    says: /: it is larger, the limit is \d+/,
  }),
  {
    what: "a compressed answer",
    says: /: the answer is compressed, which was not asked for/,
    answer: (_, response) =>
      void response.writeHead(200, { "content-encoding": "gzip" }).end("not even gzip"),
  },
  {
    what: "an answer that is cut off",
    says: CUT,
    answer(_, response) {
      response.writeHead(200, { "content-length": "1000" });
      response.write("apiVersion: orkestra");
      setTimeout(() => response.destroy(), 20);
    },
  },
  {
    what: "a connection that is cut",
    says: CUT,
    answer: (request) => void request.socket.destroy(),
  },
  {
    what: "silence",
    ...PATIENCE,
    answer() {
      // The client's patience ends it.
    },
  },
  {
    what: "a body that never ends",
    ...PATIENCE,
    answer(_, response) {
      response.writeHead(200);
      response.write("apiVersion: ");
    },
  },
  {
    what: "a body that comes in drops",
    ...PATIENCE,
    answer(_, response) {
      response.writeHead(200);
      const dripping = setInterval(() => response.write("#"), 50);
      response.once("close", () => clearInterval(dripping));
    },
  },
  redirect("a redirect to itself", "?again", /: more than 5 redirects/),
  redirect(
    "a redirect to plain http",
    "http://plain.example.io/katalog.yaml",
    /: it redirects away from https, to "http:"/,
  ),
  redirect(
    "a redirect to a private address",
    "https://10.0.0.1/katalog.yaml",
    /, redirected to "10\.0\.0\.1": its address 10\.0\.0\.1 is private/,
  ),
  redirect(
    "a redirect to a metadata service",
    "https://169.254.169.254/latest/meta-data",
    /, redirected to "169\.254\.169\.254": its address 169\.254\.169\.254 is link-local/,
  ),
  redirect(
    "a redirect to a file",
    "file:///etc/passwd",
    /: it redirects away from https, to "file:"/,
  ),
  redirect(
    "a redirect to a name that nobody knows",
    "https://nowhere.invalid/katalog.yaml",
    /, redirected to "nowhere\.invalid": its host is not known/,
  ),
  redirect(
    "a redirect to what is not there",
    `https://${EMPTY_HOST}/secret-path?token=secret`,
    /, redirected to "gone\.example\.io": the (server|registry) answered 404 Not Found/,
  ),
  {
    what: "a redirect to nowhere",
    says: /: the server answered 302 and no place to go to/,
    answer: (_, response) => void response.writeHead(302).end(),
  },
  {
    what: "a 404 for what was promised",
    says: /(platform|one:v1|patterns@main)": the (server|registry) answered 404 Not Found(?! for)/,
    stage: 2,
    answer: status(404).answer,
  },
  {
    what: "other content than was promised",
    stage: 2,
    says: {
      http: /never/,
      helm: /: the archive's SHA-256 is [0-9a-f]{64}, the index says/,
      "helm-oci": /: a blob is 25 bytes, its manifest says \d+/,
      oci: /: a blob is 25 bytes, its manifest says \d+/,
      git: /: no git repository answers there/,
    },
    answer: (_, response) => void response.writeHead(200).end("changed between two reads"),
  },
  {
    what: "half of what was promised",
    stage: 2,
    says: CUT,
    answer(_, response) {
      response.writeHead(200, { "content-length": "5000" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    },
  },
];
