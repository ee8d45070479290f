/**
 * One CRD entry on its way through `resolve`: where it stands in its document, where it will stand
 * in the resolved one, and the collectors that every step writes to.
 */
import type { CrdEntry } from "../katalog/document.ts";
import type { KatalogSource } from "../katalog/katalog.ts";
import type { Origin } from "../katalog/resolved.ts";
import type { Issue, Severity, SourcePosition } from "../std/issue.ts";
import type { PathSegment } from "../std/json.ts";
import { isUnset, nodeAt, positionOf, type YamlNode } from "../std/yaml-node.ts";
import type { Dialect } from "../template/template.ts";
import type { CheckedTemplates } from "./checked-templates.ts";

/** What the user chose for the whole run. */
export interface ResolveSettings {
  readonly allowCrossNamespace: boolean;
  /** Calls may leave the cluster over plain http. */
  readonly allowHttp?: boolean;
  readonly dialect: Dialect;
  /** Shared by all entries. */
  readonly templates: CheckedTemplates;
}

/** An entry as declared, with its place. */
export interface DeclaredCrd {
  readonly name: string;
  readonly entry: CrdEntry;
  readonly katalog: KatalogSource;
}

/** Collects, for one entry, issues and the origins of values. */
export class EntryScope {
  readonly declared: DeclaredCrd;
  /** JSON pointer of the entry in the resolved document. */
  readonly pointer: string;
  readonly settings: ResolveSettings;
  readonly issues: Issue[] = [];
  readonly origins = new Map<string, Origin>();
  readonly #base: readonly PathSegment[];

  constructor(declared: DeclaredCrd, pointer: string, settings: ResolveSettings) {
    this.declared = declared;
    this.pointer = pointer;
    this.settings = settings;
    this.#base = ["spec", "crds", declared.name];
  }

  /** The canonical node at a path below the entry. */
  node(path: readonly PathSegment[]): YamlNode | undefined {
    return nodeAt(this.declared.katalog.source.root, [...this.#base, ...path]);
  }

  position(path: readonly PathSegment[], part: "key" | "value" = "value"): SourcePosition {
    return positionOf(this.declared.katalog.source.root, [...this.#base, ...path], part);
  }

  /** Whether an issue refused what stands at `path` below the entry, or something in it. */
  isRefused(path: readonly PathSegment[]): boolean {
    const whole = [...this.#base, ...path];
    return this.declared.katalog.refused.some((refused) =>
      whole.every((step, index) => refused[index] === step),
    );
  }

  /** The keys of everything below the entry that an issue refused. */
  refusedKeys(): readonly string[] {
    const own = this.declared.katalog.refused.filter((path) =>
      this.#base.every((step, index) => path[index] === step),
    );
    return own.flatMap((path) => path.filter((step) => typeof step === "string"));
  }

  /** Reports a problem of what stands at `path` below the entry. */
  report(
    issue: {
      readonly code: string;
      readonly severity?: Severity;
      readonly message: string;
      readonly hint?: string | undefined;
      readonly at?: SourcePosition | undefined;
    },
    path: readonly PathSegment[],
  ): void {
    const node = this.node(path);
    const own = node && this.declared.katalog.source.sourcePaths.get(node);
    this.issues.push({
      code: issue.code,
      severity: issue.severity ?? "error",
      message: issue.message,
      ...(issue.hint !== undefined && { hint: issue.hint }),
      path: own ?? [...this.#base, ...path],
      position: issue.at ?? this.position(path),
    });
  }

  /**
   * Remembers where the value at `pointer` (below the entry) and all in it came from; where the document
   * says nothing, what gave it, if that is known.
   */
  origin(pointer: string, path: readonly PathSegment[], by?: string): void {
    const node = this.node(path);
    if (node && !isUnset(node)) this.originAt(pointer, node);
    else if (by !== undefined) this.originBy(pointer, by);
  }

  /** The same for what stands at a node of another document. */
  originAt(pointer: string, node: YamlNode): void {
    recordNode(this.origins, `${this.pointer}${pointer}`, node);
  }

  /** For what no document says. */
  originBy(pointer: string, by: string): void {
    this.origins.set(`${this.pointer}${pointer}`, { by });
  }

  /** Like {@link origin}, without what is in it. */
  originOf(pointer: string, path: readonly PathSegment[]): void {
    if (this.node(path)) this.origins.set(`${this.pointer}${pointer}`, this.position(path));
  }
}

/** The place of a node, and of each in it. */
export function recordNode(origins: Map<string, Origin>, pointer: string, node: YamlNode): void {
  origins.set(pointer, node.position);
  if (node.kind === "list") {
    for (const [index, item] of node.items.entries()) {
      recordNode(origins, `${pointer}/${index}`, item);
    }
  } else if (node.kind === "map") {
    for (const [key, { value }] of node.entries) {
      recordNode(origins, `${pointer}/${escapePointer(key)}`, value);
    }
  }
}

/** One segment of a JSON pointer. Source: RFC 6901 section 3. */
export function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
