/**
 * Where nodes stood in their source, whatever a layout made of their place since: for messages, so
 * that a path is made only when one is asked for. Until then a node costs one step.
 */
import type { PathSegment } from "../std/json.ts";
import type { YamlNode } from "../std/yaml-node.ts";

/** The last step of a path; the root has none before it. */
export interface PathStep {
  readonly parent?: PathStep;
  readonly key: PathSegment;
}

export const ROOT_STEP: PathStep = { key: "" };

export class SourcePaths {
  readonly #steps = new Map<YamlNode, PathStep>();

  /** The path in the spelling of the source; blocks that a layout made up have none. */
  get(node: YamlNode): readonly PathSegment[] | undefined {
    const last = this.#steps.get(node);
    if (!last) return undefined;
    const path: PathSegment[] = [];
    for (let step = last; step.parent; step = step.parent) path.push(step.key);
    return path.reverse();
  }

  set(node: YamlNode, path: readonly PathSegment[]): void {
    const last = path.reduce<PathStep>((parent, key) => ({ parent, key }), ROOT_STEP);
    this.#steps.set(node, last);
  }

  /** {@link set} for a walk that goes step by step. */
  place(node: YamlNode, step: PathStep): void {
    this.#steps.set(node, step);
  }

  /** `copy` stands for `node` from here on. */
  copy(node: YamlNode, copy: YamlNode): void {
    const step = this.#steps.get(node);
    if (step) this.#steps.set(copy, step);
  }
}
