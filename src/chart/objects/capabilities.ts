/** `.Capabilities` of a template: which Kubernetes and which Helm a chart may count on. */

import { TemplateError } from "../../template/error.ts";
import { asValue, GoObject } from "../../template/go-object.ts";
import type { TemplateValue } from "../../template/template.ts";
import { HELM_API_VERSIONS, HELM_VERSION } from "./helm-versions.ts";

interface FieldsText {
  readonly text: string;
  /** As an action prints it. */
  readonly shown?: string;
  /** As JSON. */
  readonly plain?: TemplateValue;
}

/** An object with fields, and nothing but fields. */
class FieldsObject extends GoObject {
  readonly typeName: string;
  readonly kind: string = "struct";
  readonly #fields: Readonly<Record<string, TemplateValue>>;
  readonly #text: FieldsText;

  constructor(typeName: string, fields: Readonly<Record<string, TemplateValue>>, text: FieldsText) {
    super();
    this.typeName = typeName;
    this.#fields = fields;
    this.#text = text;
  }

  text(): string {
    return this.#text.text;
  }

  override shown(): string {
    return this.#text.shown ?? this.#text.text;
  }

  override plain(): TemplateValue {
    return this.#text.plain ?? super.plain();
  }

  override field(name: string): TemplateValue {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : super.field(name);
  }
}

class VersionSet extends GoObject {
  readonly typeName = "common.VersionSet";
  readonly kind = "slice";
  readonly #versions: readonly string[];

  constructor(versions: readonly string[]) {
    super();
    this.#versions = versions;
  }

  override isTrue(): boolean {
    return this.#versions.length > 0;
  }

  text(): string {
    return `[${this.#versions.join(" ")}]`;
  }

  override plain(): TemplateValue {
    return [...this.#versions];
  }

  override entries(): readonly (readonly [TemplateValue, TemplateValue])[] {
    return this.#versions.map((version, index) => [index, version]);
  }

  override invoke(name: string, args: readonly TemplateValue[]): TemplateValue {
    if (name !== "Has") return super.invoke(name, args);
    const [version] = args;
    if (typeof version === "string" && args.length === 1) return this.#versions.includes(version);
    const message = "Cannot call .Capabilities.APIVersions.Has: expected one text";
    throw new TemplateError("bad-argument", message);
  }
}

/** A Kubernetes version as Helm takes it; `undefined` when it is none. */
export interface KubeVersion {
  /** As given, with a `v`. */
  readonly version: string;
  /** Without what a distribution appends. */
  readonly normalized: string;
  readonly major: string;
  readonly minor: string;
}

export function parseKubeVersion(text: string): KubeVersion | undefined {
  const match = /^\s*v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (!match) return undefined;
  const [, major = "", minor = "", patch] = match;
  const normalized = `v${Number(major)}.${Number(minor)}${patch === undefined ? "" : `.${Number(patch)}`}`;
  const version = text.startsWith("v") ? text : `v${text}`;
  return { version, normalized, major: String(Number(major)), minor: String(Number(minor)) };
}

export interface CapabilitiesOptions {
  readonly kubeVersion: KubeVersion;
  /** `group/version` and `group/version/Kind` on top of those that every cluster has. */
  readonly apiVersions: readonly string[];
}

export function createCapabilities({
  kubeVersion,
  apiVersions,
}: CapabilitiesOptions): TemplateValue {
  const { version, normalized, major, minor } = kubeVersion;
  const kube = new FieldsObject(
    "common.KubeVersion",
    { Version: version, Major: major, Minor: minor, GitVersion: version, String: normalized },
    {
      text: `{${version} ${normalized} ${major} ${minor}}`,
      shown: normalized,
      plain: { Version: version, Major: major, Minor: minor },
    },
  );
  const helm = new FieldsObject(
    "version.BuildInfo",
    {
      Version: HELM_VERSION,
      GitCommit: "",
      GitTreeState: "",
      GoVersion: "",
      KubeClientVersion: "",
    },
    { text: `{${HELM_VERSION}   }` },
  );
  const versions = new VersionSet([...HELM_API_VERSIONS, ...apiVersions]);
  const fields = {
    KubeVersion: asValue(kube),
    APIVersions: asValue(versions),
    HelmVersion: asValue(helm),
  };
  return asValue(new FieldsObject("*common.Capabilities", fields, { text: "&{}" }));
}
