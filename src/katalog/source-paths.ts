/**
 * Where nodes stood in their source, whatever a layout made of their place since: for messages. Most
 * documents have nothing to tell, so that what is said here is only written down, and worked out when
 * the first path is asked for.
 */
import type { PathSegment } from "../std/json.ts";
import type { YamlNode } from "../std/yaml-node.ts";

/** The last step of a path; the root has none before it. */
interface PathStep {
  readonly parent?: PathStep;
  readonly key: PathSegment;
}

const ROOT_STEP: PathStep = { key: "" };

export class SourcePaths {
  readonly #steps = new Map<YamlNode, PathStep>();
  /** What was said since the last question, in order: the last word on a node counts. */
  #untold: (() => void)[] = [];

  /** The path in the spelling of the source; blocks that a layout made up have none. */
  get(node: YamlNode): readonly PathSegment[] | undefined {
    for (const tell of this.#untold) tell();
    this.#untold = [];
    const last = this.#steps.get(node);
    if (!last) return undefined;
    const path: PathSegment[] = [];
    for (let step = last; step.parent; step = step.parent) path.push(step.key);
    return path.reverse();
  }

  set(node: YamlNode, path: readonly PathSegment[]): void {
    this.#untold.push(() => {
      const last = path.reduce<PathStep>((parent, key) => ({ parent, key }), ROOT_STEP);
      this.#steps.set(node, last);
    });
  }

  /** Every node of a document stands where it stands. */
  setAll(root: YamlNode): void {
    this.#untold.push(() => this.#place(root, ROOT_STEP));
  }

  /** `copy` stands for `node` from here on. */
  copy(node: YamlNode, copy: YamlNode): void {
    this.#untold.push(() => {
      const step = this.#steps.get(node);
      if (step) this.#steps.set(copy, step);
    });
  }

  #place(node: YamlNode, step: PathStep): void {
    this.#steps.set(node, step);
    if (node.kind === "list") {
      for (const [key, item] of node.items.entries()) this.#place(item, { parent: step, key });
    } else if (node.kind === "map") {
      for (const [key, { value }] of node.entries) this.#place(value, { parent: step, key });
    }
  }
}
