/** Options that several commands share. */
import type { OptionSpec } from "./option-spec.ts";

const IMPORTS = "Imports and registries";

export const fileOption: OptionSpec = {
  name: "file",
  short: "f",
  value: "path",
  isRepeatable: true,
  summary: "Katalog file or folder; may be repeated",
  fallback: "katalog.yaml of this folder",
  env: ["KATALOG_PATH"],
};

const strictOption: OptionSpec = {
  name: "strict",
  summary: "Treat warnings as errors",
};

/** Where what imports bring is kept. */
const cacheDirOption: OptionSpec = {
  name: "cache-dir",
  value: "path",
  summary: "Folder of what imports brought, by digest",
  fallback: "$XDG_CACHE_HOME/orkestra or ~/.cache/orkestra",
};

/** How a start keeps to orkestra.lock. */
const lockOptions: readonly OptionSpec[] = under(IMPORTS, [
  { name: "locked", summary: "Refuse to start with an import that orkestra.lock does not name" },
  { name: "offline", summary: "Fetch nothing: take what orkestra.lock names from the cache" },
  cacheDirOption,
]);

/** How the imports of a Komposer are read. */
export const sourceOptions: readonly OptionSpec[] = under(IMPORTS, [
  {
    name: "ca-file",
    value: "path",
    summary: "Certificates (PEM) that imports and calls are trusted with, beside the usual ones",
  },
  {
    name: "allow-address",
    value: "address",
    isRepeatable: true,
    summary: "Address or block that imports come from, or calls go to, although it is not public",
  },
  { name: "allow-http", summary: "Let imports come, and calls go out, over plain http" },
  ...lockOptions,
  {
    name: "resolve",
    value: "host=address",
    isRepeatable: true,
    summary: "Where a host of imports is, instead of asking DNS; with :port to go to another one",
  },
  {
    name: "import-timeout",
    value: "duration",
    summary: "Longest wait for one answer of a server that imports come from",
    fallback: "30s",
  },
]);

export const resolveOptions: readonly OptionSpec[] = [
  fileOption,
  ...sourceOptions,
  strictOption,
  {
    name: "skip-unsupported",
    summary: "Leave out entries that need compiled Go code, which cannot run here",
  },
  {
    name: "allow-cross-namespace",
    summary: "Let custom resources name other namespaces for their children, with a warning",
  },
];

export const realmOption: OptionSpec = {
  name: "realm",
  value: "url",
  summary: "Token server of another domain that may see the registry's credentials",
};

/** How a registry is spoken to, by commands that name one. */
export const registryOptions: readonly OptionSpec[] = [
  ...sourceOptions.filter((option) => !lockOptions.includes(option)),
  realmOption,
];

const keyOption: OptionSpec = {
  name: "key",
  value: "path",
  isRepeatable: true,
  summary: "Public key (PEM) that must have signed it; of several one is enough",
};

/** Who must have signed an artifact; the names are those of cosign's flags. */
export const signerOptions: readonly OptionSpec[] = [
  keyOption,
  {
    name: "certificate-identity",
    value: "identity",
    summary:
      "E-mail address or URL whose certificate must have signed it; with --certificate-oidc-issuer and --trusted-root",
  },
  {
    name: "certificate-identity-regexp",
    value: "pattern",
    summary: "The same as a pattern (RE2) that the whole identity has to match",
  },
  {
    name: "certificate-oidc-issuer",
    value: "url",
    summary: "OpenID Connect provider that must have vouched for the identity",
  },
  {
    name: "trusted-root",
    value: "path",
    summary: "File trusted_root.json: the certificate authorities and logs that are believed",
  },
];

/** Of `ork version`, which looks at nothing unless it is told to. */
export const versionOptions: readonly OptionSpec[] = [
  {
    name: "file",
    short: "f",
    value: "path",
    isRepeatable: true,
    summary: "Katalog file or folder; may be repeated",
  },
  ...resolveOptions.filter(({ name }) => name !== "file"),
];

/** The connection flags of kubectl. */
export const connectionOptions: readonly OptionSpec[] = under("Connection to the cluster", [
  { name: "kubeconfig", value: "path", summary: "Path of the kubeconfig" },
  { name: "context", value: "name", summary: "Context of the kubeconfig" },
  { name: "cluster", value: "name", summary: "Cluster of the kubeconfig" },
  { name: "user", value: "name", summary: "User of the kubeconfig" },
  { name: "server", short: "s", value: "url", summary: "Address of the API server" },
  { name: "token", value: "text", summary: "Bearer token (better: the environment)" },
  { name: "certificate-authority", value: "path", summary: "CA file of the API server" },
  { name: "client-certificate", value: "path", summary: "Client certificate file" },
  { name: "client-key", value: "path", summary: "Client key file" },
  { name: "insecure-skip-tls-verify", summary: "Do not verify the API server's certificate" },
  { name: "as", value: "user", summary: "User to impersonate" },
  { name: "as-group", value: "group", isRepeatable: true, summary: "Group to impersonate" },
  {
    name: "request-timeout",
    value: "duration",
    summary: "Longest wait for one answer",
    fallback: "30s",
  },
]);

export const namespaceOption: OptionSpec = {
  name: "namespace",
  short: "n",
  value: "name",
  summary: "Namespace to look in",
  env: ["NAMESPACE"],
};

/** Who works where several processes serve one Katalog. */
export const electionOptions: readonly OptionSpec[] = under("Several replicas", [
  {
    name: "leader-elect",
    summary: "Work only while holding a lease, so that several replicas can run",
    fallback: "on in a cluster, off elsewhere",
  },
  {
    name: "lease-name",
    value: "name",
    summary: "Name of that lease; each Katalog needs its own",
    fallback: "orkestra-konductor",
  },
  {
    name: "lease-namespace",
    value: "name",
    summary: "Namespace of that lease",
    fallback: "the pod's own, elsewhere orkestra-system",
    env: ["NAMESPACE"],
  },
  {
    name: "lease-duration",
    value: "duration",
    summary: "How long others wait for a leader that says nothing any more",
    fallback: "15s",
    env: ["LEASE_DURATION"],
  },
  {
    name: "renew-deadline",
    value: "duration",
    summary: "How long a leader writes without having renewed the lease",
    fallback: "10s",
    env: ["RENEW_DEADLINE"],
  },
  {
    name: "retry-period",
    value: "duration",
    summary: "Pause between two renewals, or looks at the lease",
    fallback: "2s",
    env: ["RETRY_PERIOD"],
  },
]);

export const readyDelayOption: OptionSpec = {
  name: "sandbox-ready-delay",
  value: "duration",
  summary: "How long the sandbox's pods take to become ready",
  fallback: "300ms",
};

export const logOptions: readonly OptionSpec[] = under("Log", [
  {
    name: "log-format",
    value: "format",
    choices: ["text", "json"],
    summary: "text or json",
    fallback: "text on a terminal, else json",
  },
  {
    name: "log-level",
    value: "level",
    choices: ["debug", "info", "warn", "error"],
    summary: "debug, info, warn or error",
    fallback: "info",
    env: ["LOG_LEVEL"],
  },
]);

export function outputOption(choices: readonly string[], fallback: string): OptionSpec {
  return {
    name: "output",
    short: "o",
    value: "format",
    choices,
    summary: choices.join(" or "),
    fallback,
  };
}

/** Those that stand under a heading already stay there. */
function under(group: string, options: readonly OptionSpec[]): readonly OptionSpec[] {
  return options.map((option) => (option.group === undefined ? { ...option, group } : option));
}
