/** All commands: what they are called, what they take, where their code is. */
import {
  connectionOptions,
  fileOption,
  logOptions,
  namespaceOption,
  outputOption,
  readyDelayOption,
  resolveOptions,
  sourceOptions,
} from "./options.ts";
import type { CommandSpec } from "./spec.ts";

export const commands: readonly CommandSpec[] = [
  {
    name: "run",
    summary: "Serve the custom resources of a Katalog until stopped",
    about:
      "Resolves the Katalog once, then reconciles every custom resource that it declares. SIGINT and SIGTERM stop it in order: work in progress is finished within --shutdown-timeout.",
    options: [
      ...resolveOptions,
      ...connectionOptions,
      {
        name: "listen",
        value: "address",
        summary: "Address of probes, metrics and the read-only view; 0 is off",
        fallback: "127.0.0.1:8080, in a cluster :8080",
      },
      { name: "sandbox", summary: "Run against a built-in API server instead of a cluster" },
      {
        name: "sandbox-kubeconfig",
        value: "path",
        summary: "Where to write the sandbox's kubeconfig",
        fallback: "a new folder for temporary files",
      },
      readyDelayOption,
      { name: "apply-crds", summary: "Create CRDs of the Katalog, and change those that differ" },
      {
        name: "force-takeover",
        summary: "Take over custom resources that another Katalog manages",
      },
      { name: "apply-crs", summary: "Apply the custom resources of crFiles, in a cluster too" },
      {
        name: "shutdown-timeout",
        value: "duration",
        summary: "How long work in progress may take after a signal",
        fallback: "20s",
      },
      ...logOptions,
    ],
    examples: [
      "run -f examples/website",
      "run -f examples/website --sandbox",
      "run -f a/katalog.yaml -f b/ --context staging --log-format json",
    ],
    load: () => import("./commands/run.ts"),
  },
  {
    name: "validate",
    summary: "Check a Katalog without touching any cluster",
    options: [...resolveOptions, outputOption(["text", "json"], "text")],
    examples: ["validate -f examples/website", "validate -f . --strict -o json"],
    load: () => import("./commands/validate.ts"),
  },
  {
    name: "template",
    summary: "Print the resolved document: what would run, with everything filled in",
    options: [
      ...resolveOptions,
      { name: "origins", summary: "Say behind each value of the YAML where it stands" },
      outputOption(["yaml", "json"], "yaml"),
    ],
    examples: [
      "template -f examples/website",
      "template -f examples/composed --origins",
      "template -f examples/website -o json",
    ],
    load: () => import("./commands/template.ts"),
  },
  {
    name: "get",
    args: "[crd] [name]",
    summary: "Show the custom resources of a Katalog with their readiness and children",
    options: [
      fileOption,
      ...sourceOptions,
      ...connectionOptions,
      namespaceOption,
      { name: "all-namespaces", short: "A", summary: "Look in all namespaces" },
      outputOption(["tree", "json", "yaml"], "tree"),
    ],
    examples: ["get -f examples/website", "get website hello -n default", "get -A -o json"],
    load: () => import("./commands/get.ts"),
  },
  {
    name: "sandbox",
    summary: "Serve an in-memory Kubernetes API, for kubectl and for trying things out",
    options: [
      {
        name: "port",
        value: "number",
        summary: "Port on 127.0.0.1; 0 takes a free one",
        fallback: "0",
      },
      {
        name: "write-kubeconfig",
        value: "path",
        summary: "Where to write the kubeconfig",
        fallback: "a new folder for temporary files",
      },
      {
        name: "controllers",
        value: "mode",
        choices: ["on", "off"],
        summary: "Whether Deployments, Jobs and Pods become ready by themselves",
        fallback: "on",
      },
      readyDelayOption,
      ...logOptions,
    ],
    examples: ["sandbox", "sandbox --port 8001 --write-kubeconfig ./kubeconfig"],
    load: () => import("./commands/sandbox.ts"),
  },
  {
    name: "version",
    summary: "Print the version",
    options: [outputOption(["text", "json"], "text")],
    examples: ["version", "version -o json"],
    load: () => import("./commands/version.ts"),
  },
  {
    name: "completion",
    args: "<shell>",
    summary: "Print a completion script for bash, zsh or fish",
    options: [],
    examples: ["completion bash > /etc/bash_completion.d/ork", "completion zsh > ~/.zfunc/_ork"],
    load: () => import("./commands/completion.ts"),
  },
];
