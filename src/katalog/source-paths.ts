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

/** A map or list that knows its step, while what is in it does not. */
interface OpenNode {
  readonly node: YamlNode;
  readonly step: PathStep;
}

export class SourcePaths {
  readonly #steps = new Map<YamlNode, PathStep>();
  /** What was said since the last question, in order: the last word on a node counts. */
  #untold: (() => void)[] = [];
  /** Of the first document, the next one last: most questions are about what stands near its beginning. */
  readonly #open: OpenNode[] = [];

  /** The path in the spelling of the source; blocks that a layout made up have none. */
  get(node: YamlNode): readonly PathSegment[] | undefined {
    for (const tell of this.#untold) tell();
    this.#untold = [];
    const last = this.#stepOf(node);
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
    if (this.#steps.size > 0 || this.#untold.length > 0) {
      this.#untold.push(() => this.#placeAll(root));
    } else {
      this.#steps.set(root, ROOT_STEP);
      this.#open.push({ node: root, step: ROOT_STEP });
    }
  }

  /** `copy` stands for `node` from here on. */
  copy(node: YamlNode, copy: YamlNode): void {
    this.#untold.push(() => {
      const step = this.#stepOf(node);
      if (step) this.#steps.set(copy, step);
    });
  }

  #stepOf(node: YamlNode): PathStep | undefined {
    while (!this.#steps.has(node)) {
      const next = this.#open.pop();
      if (!next) break;
      for (const inner of this.#placeBelow(next).reverse()) this.#open.push(inner);
    }
    return this.#steps.get(node);
  }

  /** Gives those that hold others. What was said of a node since the walk began stays. */
  #placeBelow({ node, step: parent }: OpenNode): OpenNode[] {
    const open: OpenNode[] = [];
    for (const [key, inner] of childrenOf(node)) {
      const step = { parent, key };
      if (!this.#steps.has(inner)) this.#steps.set(inner, step);
      if (inner.kind !== "scalar") open.push({ node: inner, step });
    }
    return open;
  }

  #placeAll(node: YamlNode, step: PathStep = ROOT_STEP): void {
    this.#steps.set(node, step);
    for (const [key, inner] of childrenOf(node)) this.#placeAll(inner, { parent: step, key });
  }
}

function* childrenOf(node: YamlNode): Generator<readonly [PathSegment, YamlNode]> {
  if (node.kind === "list") yield* node.items.entries();
  else if (node.kind === "map") for (const [key, { value }] of node.entries) yield [key, value];
}
