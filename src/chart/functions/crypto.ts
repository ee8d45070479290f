/** Sprig's cryptography: passwords, AES, keys and certificates. Random bytes come from the environment, but for keys. */
import { createCipheriv, createDecipheriv, createHmac, scryptSync } from "node:crypto";
import { encodeBase64, hashSync } from "bcryptjs";
import { asValue, numberIn } from "../../template/go-object.ts";
import type { TemplateValue } from "../../template/template.ts";
import { CertificateObject, type CertificateRequest, issueCertificate } from "./certificates.ts";
import { createRsaKey, generateKey, readCertificate, readKey } from "./keys.ts";
import { type HelmArguments, helmFunctions } from "./signature.ts";

export const cryptoFunctions = helmFunctions([
  ["bcrypt password", (args) => bcrypt(args, args.text(0))],
  [
    "htpasswd user password",
    (args) => {
      const user = args.text(0);
      if (user.includes(":")) return `invalid username: ${user}`;
      return `${user}:${bcrypt(args, args.text(1))}`;
    },
  ],
  ["derivePassword counter type password user site", derivePassword],
  ["encryptAES password text", encrypt],
  ["decryptAES password text", decrypt],
  ["genPrivateKey type", (args) => generateKey(args.text(0)) ?? unsupported(args)],
  ["buildCustomCert certificate key", buildCustom],
  ["genCA name days", (args) => certificate(args, { days: 1, isAuthority: true })],
  [
    "genCAWithKey name days key",
    (args) => certificate(args, { days: 1, isAuthority: true, key: 2 }),
  ],
  ["genSelfSignedCert name ips names days", (args) => certificate(args, { days: 3 })],
  [
    "genSelfSignedCertWithKey name ips names days key",
    (args) => certificate(args, { days: 3, key: 4 }),
  ],
  [
    "genSignedCert name ips names days authority",
    (args) => certificate(args, { days: 3, authority: 4 }),
  ],
  [
    "genSignedCertWithKey name ips names days authority key",
    (args) => certificate(args, { days: 3, authority: 4, key: 5 }),
  ],
]);

/** Cost 10, as sprig's. */
function bcrypt(args: HelmArguments, password: string): string {
  if (Buffer.byteLength(password) > 72) {
    return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes";
  }
  const salt = encodeBase64([...args.call.environment.random(16)], 16);
  return hashSync(password, `$2a$10$${salt}`);
}

const SEED = "com.lyndir.masterpassword";

/** Templates of passwords by their type, and the characters behind their letters. */
const PASSWORDS: Readonly<Record<string, string>> = {
  maximum: "anoxxxxxxxxxxxxxxxxx axxxxxxxxxxxxxxxxxno",
  long:
    "CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno " +
    "CvcvnoCvccCvcv CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno " +
    "CvccnoCvccCvcv CvccCvccnoCvcv CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno " +
    "CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno",
  medium: "CvcnoCvc CvcCvcno",
  short: "Cvcn",
  basic: "aaanaaan aannaaan aaannaaa",
  pin: "nnnn",
};
const CONSONANTS = "bcdfghjklmnpqrstvwxyz";
const CHARACTERS: Readonly<Record<string, string>> = {
  V: "AEIOU",
  C: CONSONANTS.toUpperCase(),
  v: "aeiou",
  c: CONSONANTS,
  A: `AEIOU${CONSONANTS.toUpperCase()}`,
  a: `AEIOUaeiou${CONSONANTS.toUpperCase()}${CONSONANTS}`,
  n: "0123456789",
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `AEIOUaeiou${CONSONANTS.toUpperCase()}${CONSONANTS}0123456789!@#$%^&*()`,
};

/** The Master Password algorithm (https://spectre.app). */
function derivePassword(args: HelmArguments): string {
  const counter = numberIn(args.any(0)) ?? args.fail("the counter is no number");
  const [type, password, user, site] = [1, 2, 3, 4].map((index) => args.text(index));
  const templates = Object.hasOwn(PASSWORDS, type ?? "")
    ? PASSWORDS[type ?? ""]?.split(" ")
    : undefined;
  if (!templates) return `cannot find password template ${type}`;
  const salt = Buffer.concat([Buffer.from(SEED), sized(user ?? "")]);
  const cost = { N: 32_768, r: 8, p: 2, maxmem: 256 * 1024 * 1024 };
  const key = scryptSync(password ?? "", salt, 64, cost);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(counter);
  const seed = createHmac("sha256", key)
    .update(Buffer.concat([Buffer.from(SEED), sized(site ?? ""), end]))
    .digest();
  const template = templates[(seed[0] ?? 0) % templates.length] ?? "";
  return [...template]
    .map((letter, index) => {
      const set = CHARACTERS[letter] ?? "";
      return set.charAt((seed[index + 1] ?? 0) % set.length);
    })
    .join("");
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

/** The first 32 bytes of the password, zeros behind a shorter one. */
function aesKey(password: string): Buffer {
  const key = Buffer.alloc(32);
  Buffer.from(password, "utf8").copy(key);
  return key;
}

function encrypt(args: HelmArguments): string {
  const [password, text] = [args.text(0), args.text(1)];
  if (text === "") return "";
  const iv = args.call.environment.random(16);
  const cipher = createCipheriv("aes-256-cbc", aesKey(password), iv);
  return Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final()]).toString("base64");
}

function decrypt(args: HelmArguments): string {
  const [password, text] = [args.text(0), args.text(1)];
  if (text === "") return "";
  const bytes = Buffer.from(text, "base64");
  if (bytes.length < 32 || bytes.length % 16 !== 0)
    args.fail("the text is not what encryptAES made");
  const decipher = createDecipheriv("aes-256-cbc", aesKey(password), bytes.subarray(0, 16));
  try {
    const plain = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]);
    return plain.toString("utf8");
  } catch (cause) {
    return args.fail("the password does not fit", cause);
  }
}

function unsupported(args: HelmArguments): never {
  return args.fail(
    `keys of type "${args.text(0)}" are not supported here, expected rsa, ecdsa or ed25519`,
  );
}

function buildCustom(args: HelmArguments): TemplateValue {
  const [certificate, key] = [0, 1].map((index) =>
    Buffer.from(args.text(index), "base64").toString("utf8"),
  );
  if (!readCertificate(certificate ?? "")) args.fail("unable to decode certificate");
  if (!readKey(key ?? "")) args.fail("error parsing private key");
  return asValue(new CertificateObject(certificate ?? "", key ?? ""));
}

/** Which arguments of a function hold what. */
interface Layout {
  readonly days: number;
  readonly isAuthority?: boolean;
  readonly key?: number;
  readonly authority?: number;
}

function certificate(args: HelmArguments, layout: Layout): TemplateValue {
  const { days, isAuthority = false } = layout;
  const text = layout.key === undefined ? createRsaKey() : args.text(layout.key);
  const key = readKey(text) ?? args.fail("parsing private key: no PEM data in input");
  const authority =
    layout.authority === undefined ? undefined : authorityAt(args, layout.authority);
  const request: CertificateRequest = {
    name: args.text(0),
    ips: isAuthority ? [] : textsAt(args, 1, "ip"),
    names: isAuthority ? [] : textsAt(args, 2, "alternate dns name"),
    days: args.int(days),
    isAuthority,
    key,
    ...(authority && { authority }),
    nowMs: args.call.environment.nowMs,
    serial: args.call.environment.random(16),
  };
  return asValue(new CertificateObject(issueCertificate(request), text));
}

function textsAt(args: HelmArguments, index: number, what: string): string[] {
  return args.list(index).map((item) => {
    return typeof item === "string" ? item : args.fail(`error parsing ${what}: it is not a string`);
  });
}

function authorityAt(
  args: HelmArguments,
  index: number,
): NonNullable<CertificateRequest["authority"]> {
  const value: unknown = args.any(index);
  if (!(value instanceof CertificateObject)) {
    return args.fail("wrong type for value; expected sprig.certificate");
  }
  const parent = readCertificate(value.certificate) ?? args.fail("unable to decode certificate");
  const key = readKey(value.key) ?? args.fail("error parsing private key");
  return { certificate: parent, key };
}
