/** Options that several commands share. */
import type { OptionSpec } from "./option-spec.ts";

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

/** How the imports of a Komposer are read. */
export const sourceOptions: readonly OptionSpec[] = [
  {
    name: "ca-file",
    value: "path",
    summary: "Certificates (PEM) that imports are trusted with, beside the usual ones",
  },
  {
    name: "allow-address",
    value: "address",
    isRepeatable: true,
    summary: "Address or block that imports may come from although it is not public",
  },
  { name: "allow-http", summary: "Let imports come over plain http" },
];

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

/** The connection flags of kubectl. */
export const connectionOptions: readonly OptionSpec[] = [
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
];

export const namespaceOption: OptionSpec = {
  name: "namespace",
  short: "n",
  value: "name",
  summary: "Namespace to look in",
  env: ["NAMESPACE"],
};

export const readyDelayOption: OptionSpec = {
  name: "sandbox-ready-delay",
  value: "duration",
  summary: "How long the sandbox's pods take to become ready",
  fallback: "300ms",
};

export const logOptions: readonly OptionSpec[] = [
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
];

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
