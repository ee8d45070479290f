/**
 * A certificate authority of its own for a test's servers, made in memory: P-256 keys, X.509 version 3.
 * Source: RFC 5280; DER as in ITU-T X.690.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** PEM of the authority itself: what `--ca-file` takes. */
  readonly cert: string;
  /** A server's certificate for host names; good until tomorrow, or until another time, from a day before. */
  issue(hosts: readonly string[], untilMs?: number, fromMs?: number): Certificate;
}

export function createAuthority(name = "Orkestra test authority"): Authority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const isAuthority = extension("2.5.29.19", sequence(tagged(0x01, [0xff])), true);
  const cert = certificate({
    subject: name,
    issuer: name,
    publicKey: keys.publicKey,
    signer: keys.privateKey,
    extensions: [isAuthority],
  });
  return {
    cert,
    issue(hosts, untilMs, fromMs) {
      const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const names = hosts.map((host) => tagged(0x82, Buffer.from(host, "ascii")));
      return {
        key: own.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        cert: certificate({
          subject: hosts[0] ?? name,
          issuer: name,
          publicKey: own.publicKey,
          signer: keys.privateKey,
          extensions: [extension("2.5.29.17", sequence(...names), false)],
          untilMs,
          fromMs,
        }),
      };
    },
  };
}

interface Parts {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly untilMs?: number | undefined;
  readonly fromMs?: number | undefined;
}

/** `ecdsa-with-SHA256`. */
const ALGORITHM = "1.2.840.10045.4.3.2";
const DAY_MS = 86_400_000;

function certificate({ subject, issuer, publicKey, signer, ...rest }: Parts): string {
  const algorithm = sequence(identifier(ALGORITHM));
  const now = Date.now();
  const { extensions, untilMs = now + DAY_MS, fromMs = Math.min(now, untilMs) - DAY_MS } = rest;
  const content = sequence(
    tagged(0xa0, tagged(0x02, [2])),
    tagged(0x02, [1, ...randomBytes(8)]),
    algorithm,
    commonName(issuer),
    sequence(time(fromMs), time(untilMs)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", content, signer);
  const der = sequence(content, algorithm, tagged(0x03, [0, ...signature]));
  const lines = der
    .toString("base64")
    .match(/.{1,64}/g)
    ?.join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function tagged(tag: number, content: Iterable<number>): Buffer {
  const bytes = Buffer.from([...content]);
  const { length } = bytes;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), bytes]);
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...long]), bytes]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(0x06, [first * 40 + second, ...rest.flatMap(base128)]);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

function commonName(text: string): Buffer {
  const attribute = sequence(identifier("2.5.4.3"), tagged(0x0c, Buffer.from(text, "utf8")));
  return sequence(tagged(0x31, attribute));
}

/** GeneralizedTime would be right after 2049 only. */
function time(ms: number): Buffer {
  const digits = new Date(ms)
    .toISOString()
    .replaceAll(/[-:T]|\.\d+/g, "")
    .slice(2);
  return tagged(0x17, Buffer.from(digits, "ascii"));
}

function extension(id: string, value: Buffer, isCritical: boolean): Buffer {
  const critical = isCritical ? [tagged(0x01, [0xff])] : [];
  return sequence(identifier(id), ...critical, tagged(0x04, value));
}
