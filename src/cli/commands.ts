/** All commands: what they are called, what they take, where their code is. */
import {
  connectionOptions,
  electionOptions,
  fileOption,
  logOptions,
  namespaceOption,
  outputOption,
  readyDelayOption,
  realmOption,
  registryOptions,
  resolveOptions,
  signerOptions,
  sourceOptions,
  versionOptions,
} from "./options.ts";
import type { CommandSpec } from "./spec.ts";

export const commands: readonly CommandSpec[] = [
  {
    name: "run",
    summary: "Serve the custom resources of a Katalog until stopped",
    about:
      "Resolves the Katalog once, then reconciles every custom resource that it declares. SIGINT, SIGTERM and SIGHUP (the terminal is gone) stop it in order: work in progress is finished within --shutdown-timeout.",
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
      ...electionOptions,
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
      {
        name: "origins",
        summary:
          "Say behind each line of the YAML where it came from; with -o json, by the JSON pointer of each value",
      },
      outputOption(["yaml", "json"], "yaml"),
    ],
    examples: [
      "template -f examples/website",
      "template -f examples/composed --origins",
      "template -f examples/composed --origins -o json",
      "template -f examples/website -o json",
    ],
    load: () => import("./commands/template.ts"),
  },
  {
    name: "rbac",
    summary: "Print the least rights that run needs for a Katalog, as manifests",
    about:
      "A ServiceAccount in its Namespace (printed too, unless every cluster has it) with a Role for the lease, and a ClusterRole for everything else, or a Role where an entry and its children stay in one namespace. Needs no cluster. Kinds that only a custom resource names are told on stderr.",
    options: [
      ...resolveOptions,
      {
        name: "service-account",
        value: "namespace/name",
        summary: "Who gets the rights",
        fallback: "orkestra-system/orkestra",
      },
      {
        name: "name",
        value: "name",
        summary: "Name of the roles and their bindings",
        fallback: "ork-<name of the Katalog>",
      },
      outputOption(["yaml", "json"], "yaml"),
    ],
    examples: [
      "rbac -f examples/website",
      "rbac -f . --service-account platform/ork | kubectl apply -f -",
    ],
    load: () => import("./commands/rbac.ts"),
  },
  {
    name: "plan",
    summary: "Show what a restart with these documents would do to the cluster, and do nothing",
    about:
      "Looks at every custom resource with the code of run, whose writes the API server only tries out. Exit code 1: something would change. 4: part of the plan could not be made.",
    options: [
      ...resolveOptions,
      ...connectionOptions,
      {
        name: "running",
        value: "url",
        summary:
          "View of the process that runs now, to compare the documents field by field; or the lock that it was started with",
      },
      {
        name: "sample",
        value: "number",
        summary: "Look at so many custom resources of each entry at most",
        fallback: "all",
      },
      {
        name: "in-cluster",
        summary: "Plan for a process in a cluster, which brings no CRDs along",
      },
      { name: "apply-crds", summary: "Plan for a start that changes CRDs that differ" },
      {
        name: "apply-crs",
        summary: "Plan for a start that applies the custom resources of crFiles",
      },
      {
        name: "force-takeover",
        summary: "Plan for a start that takes over custom resources of another Katalog",
      },
      outputOption(["text", "json"], "text"),
    ],
    examples: [
      "plan -f examples/website",
      "plan -f examples/website --running http://127.0.0.1:8080 -o json",
    ],
    load: () => import("./commands/plan.ts"),
  },
  {
    name: "lock",
    summary: "Write down what the imports of a Katalog mean today, in orkestra.lock",
    about:
      "With the file beside the first document, every start compares: an import that has become something else stops it. Local files are not in it. --check writes nothing and ends with 1 when something differs.",
    options: [
      ...resolveOptions,
      { name: "check", summary: "Only compare orkestra.lock with what the imports mean today" },
      {
        name: "update",
        value: "import",
        isRepeatable: true,
        summary: "Look again at this import only; may be repeated",
      },
      outputOption(["text", "json"], "text"),
    ],
    examples: [
      "lock -f examples/composed",
      "lock -f . --check",
      "lock -f . --check -o json",
      "lock -f . --update oci://ghcr.io/org/patterns/postgres:v14",
    ],
    load: () => import("./commands/lock.ts"),
  },
  {
    name: "get",
    args: "[crd] [name]",
    summary: "Show the custom resources of a Katalog with their readiness and children",
    about:
      "The CRD is named by its entry or as kubectl does: plural, singular, kind or short name, bare or with its group or version and group behind it (websites.v1.demo.orkestra.dev).",
    options: [
      fileOption,
      ...sourceOptions,
      ...connectionOptions,
      namespaceOption,
      { name: "all-namespaces", short: "A", summary: "Look in all namespaces" },
      outputOption(["tree", "json", "yaml"], "tree"),
    ],
    examples: ["get -f examples/website", "get website/hello -n default", "get -A -o json"],
    load: () => import("./commands/get.ts"),
  },
  {
    name: "push",
    args: "<reference>",
    summary: "Put a Katalog with every file that it refers to into an OCI registry",
    about:
      "The same documents give the same digest. Without a tag behind the reference the document's metadata.version is the tag. Registries are logged into with what Docker's config.json says.",
    options: [
      ...resolveOptions,
      realmOption,
      {
        name: "sign-key",
        value: "path",
        summary:
          "Private key (PEM, or cosign.key) to sign it with, as cosign does; ORK_SIGN_PASSWORD opens it",
      },
      { name: "dry-run", summary: "Say what would be pushed, and push nothing" },
      outputOption(["text", "json"], "text"),
    ],
    examples: [
      "push oci://ghcr.io/org/website:v1 -f examples/website",
      "push oci://ghcr.io/org/website -f katalog.yaml --sign-key cosign.pem",
    ],
    load: () => import("./commands/push.ts"),
  },
  {
    name: "pull",
    args: "<reference>",
    summary: "Write the files of an OCI artifact into a folder",
    options: [
      ...registryOptions,
      ...signerOptions,
      {
        name: "directory",
        short: "d",
        value: "path",
        summary: "Folder to write to",
        fallback: "the last part of the reference",
      },
      { name: "force", summary: "Overwrite files that are there" },
      outputOption(["text", "json"], "text"),
    ],
    examples: [
      "pull oci://ghcr.io/org/website:v1 -d website",
      "pull oci://ghcr.io/org/website:v1 --key cosign.pub",
    ],
    load: () => import("./commands/pull.ts"),
  },
  {
    name: "inspect",
    args: "<reference>",
    summary: "Show what an OCI artifact is, what is in it, and who signed it",
    about:
      "With --key or --certificate-identity the exit code is 1 when none of the signatures is by one of them.",
    options: [...registryOptions, ...signerOptions, outputOption(["text", "json"], "text")],
    examples: ["inspect oci://ghcr.io/org/website:v1", "inspect ghcr.io/org/website:v1 -o json"],
    load: () => import("./commands/inspect.ts"),
  },
  {
    name: "why",
    args: "<target> [name]",
    summary: "Show what triggered the last reconciles of a custom resource, and what they did",
    about:
      "Asks a running process: what triggered the last reconciles that changed something or failed, which fields they changed, what is in the way, and when the custom resource is looked at next. The CRD is named as for get. Of a process in a cluster, forward its port first: kubectl port-forward -n orkestra-system service/orkestra-runtime 8080",
    options: [
      {
        name: "server",
        short: "s",
        value: "url",
        summary: "Address of the running process",
        fallback: "where --listen says",
      },
      {
        name: "listen",
        value: "address",
        summary: "Address that the running process listens on",
        fallback: "127.0.0.1:8080",
      },
      namespaceOption,
      outputOption(["text", "json"], "text"),
    ],
    examples: ["why website/hello", "why website hello -n shop -o json"],
    load: () => import("./commands/why.ts"),
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
    name: "types",
    summary: "Print the TypeScript types that hooks are written against",
    options: [
      {
        name: "write",
        value: "path",
        summary: "Write them to this file instead",
        fallback: "standard output",
      },
    ],
    examples: ["types --write orkestra-hooks.d.ts"],
    load: () => import("./commands/types.ts"),
  },
  {
    name: "version",
    summary:
      "Print the version and, with -f, what of a Katalog would run: digests of all it is made of",
    options: [...versionOptions, outputOption(["text", "json"], "text")],
    examples: ["version", "version -o json", "version -f examples/composed"],
    load: () => import("./commands/version.ts"),
  },
  {
    name: "completion",
    args: "<shell>",
    words: ["bash", "zsh", "fish", "kubectl"],
    summary: "Print a completion script for bash, zsh, fish or kubectl",
    about:
      "The one for kubectl completes `kubectl orkestra`: kubectl (1.26 or newer) with its own completion loaded asks a program called kubectl_complete-orkestra on the PATH. Save it under that name, and make it executable.",
    options: [],
    examples: [
      "completion bash > /etc/bash_completion.d/ork",
      "completion zsh > ~/.zfunc/_ork",
      "completion kubectl > ~/.local/bin/kubectl_complete-orkestra",
    ],
    load: () => import("./commands/completion.ts"),
  },
  {
    name: "help",
    args: "[command]",
    summary: "Print what the program, or one command, can do",
    options: [],
    examples: ["help", "help run"],
    load: () => import("./commands/help.ts"),
  },
];
