/**
 * X.509 certificates as sprig issues them (RFC 5280): a common name, addresses and names, both uses
 * of TLS, signed by its own key or by an authority's.
 */
import {
  createHash,
  createPublicKey,
  type KeyObject,
  sign,
  type X509Certificate,
} from "node:crypto";
import { isIP } from "node:net";
import { TemplateError } from "../../template/error.ts";
import { GoObject } from "../../template/go-object.ts";
import type { TemplateValue } from "../../template/template.ts";
import {
  bitString,
  contextTag,
  derBoolean,
  derTime,
  elements,
  integer,
  objectId,
  octetString,
  sequence,
  setOf,
  utf8String,
} from "./der.ts";

/** What `genCA` and its siblings give: PEM texts `.Cert` and `.Key`. */
export class CertificateObject extends GoObject {
  readonly typeName = "sprig.certificate";
  readonly kind = "struct";
  readonly certificate: string;
  readonly key: string;

  constructor(certificate: string, key: string) {
    super();
    this.certificate = certificate;
    this.key = key;
  }

  text(): string {
    return `{${this.certificate} ${this.key}}`;
  }

  override plain(): TemplateValue {
    return { Cert: this.certificate, Key: this.key };
  }

  override field(name: string): TemplateValue {
    if (name === "Cert") return this.certificate;
    return name === "Key" ? this.key : super.field(name);
  }
}

export interface CertificateRequest {
  readonly name: string;
  readonly ips: readonly string[];
  readonly names: readonly string[];
  readonly days: number;
  readonly isAuthority: boolean;
  readonly key: KeyObject;
  /** Absent: signed by its own key. */
  readonly authority?: { readonly certificate: X509Certificate; readonly key: KeyObject };
  readonly nowMs: number;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
}

const DAY_MS = 86_400_000;

/** The certificate in PEM. */
export function issueCertificate(request: CertificateRequest): string {
  const { authority, key } = request;
  const signingKey = authority?.key ?? key;
  const algorithm = algorithmOf(signingKey);
  const subject = nameOf(request.name);
  const issuer = authority ? subjectOf(authority.certificate) : subject;
  const content = sequence(
    contextTag(0, integer(Uint8Array.of(2))),
    integer(request.serial),
    algorithm.identifier,
    issuer,
    sequence(derTime(request.nowMs), derTime(request.nowMs + request.days * DAY_MS)),
    subject,
    publicKeyOf(key),
    contextTag(3, extensionsOf(request)),
  );
  const signature = sign(algorithm.digest, content, signingKey);
  return pem(sequence(content, algorithm.identifier, bitString(signature)));
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

interface Algorithm {
  readonly identifier: Uint8Array;
  /** `null` where the algorithm brings its own. */
  readonly digest: "sha256" | null;
}

function algorithmOf(key: KeyObject): Algorithm {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return {
        identifier: sequence(objectId("1.2.840.113549.1.1.11"), Uint8Array.of(5, 0)),
        digest: "sha256",
      };
    case "ec":
      return { identifier: sequence(objectId("1.2.840.10045.4.3.2")), digest: "sha256" };
    case "ed25519":
      return { identifier: sequence(objectId("1.3.101.112")), digest: null };
    default:
      throw new TemplateError(
        "bad-argument",
        `Cannot sign with a key of type ${key.asymmetricKeyType}: expected rsa, ecdsa or ed25519`,
      );
  }
}

function nameOf(commonName: string): Uint8Array {
  return sequence(setOf(sequence(objectId("2.5.4.3"), utf8String(commonName))));
}

/** The name of an issuer, byte for byte as its certificate has it. */
function subjectOf({ raw }: X509Certificate): Uint8Array {
  const [content] = elements(raw);
  const fields = elements(content?.whole ?? new Uint8Array());
  // A version comes first unless it is the first one.
  const subject = fields[fields[0]?.tag === 0xa0 ? 5 : 4];
  return subject?.whole ?? nameOf("");
}

function publicKeyOf(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

/** 160 bits of the SHA-256 of the public key (RFC 7093, method 1). */
function keyIdentifier(spki: Uint8Array): Uint8Array {
  const bits = elements(spki)[1]?.content.subarray(1) ?? new Uint8Array();
  return createHash("sha256").update(bits).digest().subarray(0, 20);
}

function extensionsOf(request: CertificateRequest): Uint8Array {
  const { isAuthority, key, authority } = request;
  // digitalSignature, keyEncipherment, and for an authority keyCertSign.
  const usage = isAuthority ? Uint8Array.of(3, 2, 2, 0xa4) : Uint8Array.of(3, 2, 5, 0xa0);
  const uses = sequence(objectId("1.3.6.1.5.5.7.3.1"), objectId("1.3.6.1.5.5.7.3.2"));
  const own = isAuthority
    ? [extension("2.5.29.14", octetString(keyIdentifier(publicKeyOf(key))))]
    : [];
  const parent = authority && keyIdentifier(publicKeyOf(authority.key));
  const issuer = parent
    ? [extension("2.5.29.35", sequence(contextTag(0, parent, { isPrimitive: true })))]
    : [];
  const names = alternativeNames(request);
  return sequence(
    extension("2.5.29.15", usage, true),
    extension("2.5.29.37", uses),
    extension("2.5.29.19", isAuthority ? sequence(derBoolean(true)) : sequence(), true),
    ...own,
    ...issuer,
    ...(names.length > 0 ? [extension("2.5.29.17", sequence(...names))] : []),
  );
}

function extension(id: string, value: Uint8Array, isCritical = false): Uint8Array {
  return sequence(objectId(id), ...(isCritical ? [derBoolean(true)] : []), octetString(value));
}

function alternativeNames({ names, ips }: CertificateRequest): Uint8Array[] {
  return [
    ...names.map((name) => contextTag(2, Buffer.from(name, "latin1"), { isPrimitive: true })),
    ...ips.map((ip) => contextTag(7, addressBytes(ip), { isPrimitive: true })),
  ];
}

function addressBytes(ip: string): Uint8Array {
  if (isIP(ip) === 4) return Uint8Array.from(ip.split(".").map(Number));
  if (isIP(ip) !== 6)
    throw new TemplateError("bad-argument", `Cannot issue a certificate: "${ip}" is no address`);
  const canonical = new URL(`http://[${ip}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const [left, right] = [head, tail ?? ""].map((half) => (half === "" ? [] : half.split(":")));
  const gap = Array.from({ length: 8 - (left?.length ?? 0) - (right?.length ?? 0) }, () => "0");
  const words = [...(left ?? []), ...(tail === undefined ? [] : gap), ...(right ?? [])];
  return Uint8Array.from(
    words.flatMap((word) => {
      const value = Number.parseInt(word, 16);
      return [value >> 8, value & 255];
    }),
  );
}
