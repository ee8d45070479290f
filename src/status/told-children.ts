/**
 * What `Ready` of a custom resource says of single children. A child that works may be another one than is declared,
 * since its last write was refused, or since it is left to somebody who keeps changing it, or may be kept only until its
 * successor stands; and one that cannot be made is nowhere else. All of that is told in the message alone, in the
 * words of `apply/child.ts`, `apply/rejection.ts` and `reconcile/contested.ts`. Pure.
 */
import type { Readiness } from "../apply/readiness.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { storedReady } from "./stored-ready.ts";

export interface ToldChild {
  readonly kind: string;
  /** `namespace/name`, or `name`. */
  readonly key: string;
  readonly readiness: Exclude<Readiness, { readonly kind: "ready" }>;
}

/** Of a custom resource that is ready nothing is said. `unsaid`: what there is to say where it has no `Ready`. */
export function toldChildren(owner: KubeObject, unsaid = () => ""): readonly ToldChild[] {
  const ready = storedReady(owner);
  const message = ready?.status === "False" ? ready.message : ready ? "" : unsaid();
  return message === "" ? [] : message.split("; ").flatMap(readSentence);
}

export function isToldOf(child: KubeObject, { kind, key }: ToldChild): boolean {
  return child.kind === kind && objectKey(child.metadata) === key;
}

/** `readiness` is what the child shows by itself; what fails outweighs that, and all else whatever is ready. */
export function withWhatIsTold(
  child: KubeObject,
  readiness: Readiness,
  told: readonly ToldChild[],
): Readiness {
  const said = told.find((one) => isToldOf(child, one));
  const isNews = said?.readiness.kind === "failed" || readiness.kind === "ready";
  return said && isNews ? said.readiness : readiness;
}

const TITLE = /\b([A-Z][A-Za-z0-9]*) "([^"]+)"/;
const STAYS = /^([A-Z][A-Za-z0-9]*) "([^"]+)" is (.+)$/s;

/** `Cannot write Service "a/b" …: why`, or `Service "a/b" is kept until …`. */
function readSentence(sentence: string): readonly ToldChild[] {
  const [, waiting = "", place = "", state = ""] = STAYS.exec(sentence) ?? [];
  if (state) {
    return [{ kind: waiting, key: place, readiness: { kind: "progressing", reason: state } }];
  }
  const [head = ""] = sentence.split(": ", 1);
  const [, kind, key] = (head.startsWith("Cannot ") && TITLE.exec(head)) || [];
  if (kind === undefined || key === undefined) return [];
  return [{ kind, key, readiness: { kind: "failed", reason: sentence } }];
}
