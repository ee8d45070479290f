/**
 * What operating systems, sockets and resolvers report by a code, in words: the one table of it.
 *
 * `ENOENT: no such file or directory, open '/x'` helps nobody who does not write programs. Whoever tells a
 * person of an error asks here first; what is not in the table keeps its own message. Pure.
 *
 * Source: https://nodejs.org/api/errors.html#common-system-errors, the codes of OpenSSL that Node and Bun pass
 * on (X509_V_ERR_*), and those that Bun's fetch has of its own.
 */

export interface FaultWords {
  /** What is so, in the middle of a sentence: `connection refused, nothing listens there`. */
  readonly words: string;
  /** What to do about it: a sentence, or a question. */
  readonly hint?: string;
}

const REACH = "Is it running, and is the address right?";
const CUT = "Try again; if it happens each time, ask who runs the server";
const UNTRUSTED: FaultWords = {
  words: "its certificate is not signed by an authority that is trusted here",
  hint: "Name the certificates of that authority",
};
const UNPAIRED: FaultWords = {
  words: "the client certificate and its key do not belong together",
  hint: "Name the key that the certificate was made for, or log in again",
};

const FAULTS: Readonly<Record<string, FaultWords>> = {
  ENOENT: { words: "there is no such file or folder", hint: "Look at how it is spelled" },
  ENOTDIR: { words: "a part of its path is a file, not a folder", hint: "Look at the path" },
  EISDIR: { words: "it is a folder, not a file", hint: "Name a file in it" },
  EACCES: { words: "no permission", hint: "Look at its owner and its mode" },
  EPERM: { words: "the system does not permit it", hint: "Look at its owner and its mode" },
  EROFS: { words: "its file system is read-only", hint: "Name another place" },
  EEXIST: { words: "it is there already", hint: "Name another one, or take it away" },
  ENOTEMPTY: { words: "the folder is not empty", hint: "Name another one" },
  ENOSPC: { words: "the disk is full", hint: "Make room, or name another place" },
  EDQUOT: { words: "the quota of the disk is used up", hint: "Make room, or name another place" },
  EFBIG: { words: "the file would be too large" },
  EIO: { words: "the device failed to read or write" },
  EMFILE: { words: "too many files are open", hint: "Raise the limit (ulimit -n)" },
  ENFILE: { words: "the system has too many open files" },
  ENAMETOOLONG: { words: "the name is too long", hint: "Name a shorter one" },
  ELOOP: { words: "links lead in a circle", hint: "Look at where the links lead" },
  EBUSY: { words: "somebody else uses it", hint: "Try again later" },
  EINVAL: { words: "the system does not take such a value" },
  ENOMEM: { words: "there is not enough memory" },
  EADDRINUSE: { words: "somebody else listens there already", hint: "Choose another port" },
  EADDRNOTAVAIL: { words: "this machine has no such address", hint: "Choose one that it has" },
  ECONNREFUSED: { words: "connection refused, nothing listens there", hint: REACH },
  ConnectionRefused: { words: "connection refused, nothing listens there", hint: REACH },
  ECONNRESET: { words: "the connection was cut", hint: CUT },
  ECONNABORTED: { words: "the connection was cut", hint: CUT },
  EPIPE: { words: "the connection was closed before everything was sent", hint: CUT },
  ConnectionClosed: { words: "the connection was closed before an answer came", hint: CUT },
  ETIMEDOUT: { words: "its host does not answer", hint: REACH },
  ConnectionTimeout: { words: "its host does not answer", hint: REACH },
  EHOSTUNREACH: { words: "there is no way to its host", hint: "Look at the network" },
  ENETUNREACH: { words: "there is no way to its network", hint: "Look at the network" },
  ENOTFOUND: { words: "its host is not known", hint: "Is it spelled right, and known here?" },
  ENODATA: { words: "its host has no address", hint: "Is it spelled right, and known here?" },
  EAI_AGAIN: {
    words: "its host could not be looked up",
    hint: "Does the name service of this machine answer?",
  },
  FailedToOpenSocket: {
    words: "its host is not known, or no socket could be opened",
    hint: "Is it spelled right, and known here?",
  },
  ERR_INVALID_URL: { words: "it is not a URL", hint: "Write one such as https://example.io/path" },
  CERT_HAS_EXPIRED: {
    words: "its certificate has expired",
    hint: "Whoever runs it has to renew it. Is the clock here right?",
  },
  CERT_NOT_YET_VALID: { words: "its certificate is not valid yet", hint: "Check the clocks" },
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  UNKNOWN_CERTIFICATE_VERIFICATION_ERROR: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: {
    words: "its certificate is for another host name",
    hint: "Use the name that it is for",
  },
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: { words: "it asks for a client certificate" },
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: { words: "it does not trust our client certificate" },
  ERR_OSSL_X509_KEY_TYPE_MISMATCH: UNPAIRED,
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: UNPAIRED,
  ERR_SSL_WRONG_VERSION_NUMBER: { words: "it does not speak TLS", hint: "Is the server http://?" },
};

/** Calls for which a code means something else. */
const OF_CALLS: readonly (readonly [call: RegExp, Readonly<Record<string, FaultWords>>])[] = [
  [
    /^spawn/,
    { ENOENT: { words: "there is no such program", hint: "Install it, or put it on the PATH" } },
  ],
  [
    /^(listen|bind)/,
    { EACCES: { words: "no permission to listen there", hint: "Choose a port from 1024" } },
  ],
];

/** What `code` stands for; `undefined` for one that is not known. */
export function faultOfCode(code: string): FaultWords | undefined {
  return Object.hasOwn(FAULTS, code) ? FAULTS[code] : undefined;
}

/** Nobody who is trusted here vouches for the server. */
export function isUntrustedCertificate(code: string): boolean {
  return faultOfCode(code) === UNTRUSTED;
}

/** What this very error says, not what caused it. `undefined` when its own message is as good as any. */
export function systemFault(error: unknown): FaultWords | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === "TimeoutError") return { words: "no answer came in time", hint: REACH };
  if (error instanceof SyntaxError && isOfJson(error)) return { words: "it is not valid JSON" };
  const { code, syscall = "" } = error as { readonly code?: unknown; readonly syscall?: string };
  if (typeof code !== "string") return undefined;
  const special = OF_CALLS.find(([call]) => call.test(syscall))?.[1][code];
  return special ?? faultOfCode(code);
}

/** The code may sit on the error, on one of its causes, or on the first of several attempts. */
export function findFaultCode(error: unknown): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    const { code } = current as { readonly code?: unknown };
    if (typeof code === "string" && code !== "") return code;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return undefined;
}

/**
 * A line for people: the thing, where the error names it, what is so, and what to do. `told` is what was said
 * before it and need not be said again.
 */
export function faultText(error: unknown, told = ""): string | undefined {
  const fault = systemFault(error);
  if (!fault) return undefined;
  const { path, address, port } = error as Readonly<Record<string, unknown>>;
  const place = path ?? (address === undefined ? undefined : `${address}:${port}`);
  const isNews = typeof place === "string" && place !== "" && !told.includes(place);
  const { words, hint } = fault;
  return `${isNews ? `"${place}": ` : ""}${words}${hint === undefined ? "" : `. ${hint}`}`;
}

/** As JavaScriptCore and V8 put it. */
function isOfJson({ message }: SyntaxError): boolean {
  return /^JSON Parse error|in JSON at position|is not valid JSON$|^Unexpected end of JSON/.test(
    message,
  );
}
