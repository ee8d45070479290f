/**
 * Lists the children of owners by their label, for many owners in one request: when thousands of custom
 * resources are deleted at once, each has to ask the server for what is left of it, and each list costs
 * the server a look at all objects of the kind.
 *
 * Guarantees: what a call resolves with was listed by a request that began after the call. So one that is
 * under way answers nobody who came later; those wait for the next, together. A request that fails fails
 * for all that wait for it, each of which tries again by itself.
 */
import { labelValue } from "../apply/inventory.ts";
import type { KubeClient } from "../kube/client.ts";
import { OWNER_LABEL } from "../kube/marks.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";

/** With 63 characters each, the address stays well below the 8 KiB that proxies let through. */
const MAX_OWNERS = 64;

interface Question {
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly answer: PromiseWithResolvers<readonly KubeObject[]>;
}

export class OwnerLists {
  readonly #client: Pick<KubeClient, "list">;
  /** By kind: those that wait for the next request. There is an entry while one is under way. */
  readonly #waiting = new Map<ResourceType, Question[]>();

  constructor(client: Pick<KubeClient, "list">) {
    this.#client = client;
  }

  /**
   * Objects of all namespaces that carry the label of an owner of this name, and those of other owners
   * asked for at the same time. All signals of one instance end together: that of the first counts.
   */
  find(type: ResourceType, ownerName: string, signal: AbortSignal): Promise<readonly KubeObject[]> {
    const answer = Promise.withResolvers<readonly KubeObject[]>();
    const question: Question = { owner: labelValue(ownerName), signal, answer };
    const waiting = this.#waiting.get(type);
    if (waiting) waiting.push(question);
    else {
      this.#waiting.set(type, [question]);
      void this.#answerAll(type);
    }
    return answer.promise;
  }

  async #answerAll(type: ResourceType): Promise<void> {
    for (;;) {
      const questions = this.#waiting.get(type)?.splice(0, MAX_OWNERS) ?? [];
      const [first] = questions;
      if (!first) break;
      try {
        const labelSelector = selectorOf(questions);
        const { items } = await this.#client.list(type, { labelSelector, signal: first.signal });
        for (const { answer } of questions) answer.resolve(items);
      } catch (error) {
        for (const { answer } of questions) answer.reject(error);
      }
    }
    this.#waiting.delete(type);
  }
}

function selectorOf(questions: readonly Question[]): string {
  const owners = [...new Set(questions.map(({ owner }) => owner))];
  const [only] = owners;
  return owners.length === 1 ? `${OWNER_LABEL}=${only}` : `${OWNER_LABEL} in (${owners.join(",")})`;
}
