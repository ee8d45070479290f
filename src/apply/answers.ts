/**
 * What servers make of what we send. A mutating webhook or a default that no schema tells of can
 * turn an applied value into another one; sending it again would change nothing, for ever. So the
 * differences between what was applied and what came back are remembered per child, and the same
 * differences do not count as drift, until it is time to ask again (`answer-age.ts`).
 *
 * A field that came back as nothing is another matter where the kind is a custom one: its CRD may not know the field
 * yet in every version, or the server may not know of its CRD's change yet: that is doubted (`doubt.ts`).
 *
 * Only children whose server rewrites something take memory, and only hashes of the values.
 */
import { createHash } from "node:crypto";
import { builtinKind } from "../schema/builtin.ts";
import { type FieldDifference, fieldDifferences } from "../schema/differences.ts";
import type { SchemaNode } from "../schema/node.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../schema/object.ts";
import { canonicalJson, type Json, type JsonObject } from "../std/json.ts";
import { type Age, ageOfAnswer, isDue, seenAgain } from "./answer-age.ts";
import { type Doubt, type DoubtTime, isBelieved, isKnown, isOld } from "./doubt.ts";

export interface Answer {
  readonly type: ResourceType;
  /** Fingerprints of the differences. */
  readonly lost: ReadonlySet<string>;
  /** Absent of a child that is never updated: nothing is sent again. */
  readonly age?: Age;
  /** What is thought of fields that the server did not keep; absent where nobody need ask again. */
  readonly doubt?: Doubt;
}

export interface Wish {
  readonly type: ResourceType;
  readonly applied: KubeObject;
  readonly schema: SchemaNode | undefined;
  /** What is remembered of the wish before. */
  readonly before: Answer | undefined;
  /** The child is kept as declared. */
  readonly isUpdated: boolean;
}

/** What a wish lost on its way to `stored`, or `undefined` when everything arrived as sent. */
export function rememberAnswer(
  { type, applied, schema, before, isUpdated }: Wish,
  stored: KubeObject,
  now: DoubtTime,
): Answer | undefined {
  const [sent, kept] = [applied as unknown as JsonObject, stored as unknown as JsonObject];
  const differences = fieldDifferences(sent, kept, schema);
  if (differences.length === 0) return undefined;
  const lost = new Set(differences.map((difference) => fingerprint([difference])));
  const isSame = before !== undefined && lost.isSubsetOf(before.lost);
  const answer: Answer = {
    ...{ type, lost },
    ...(isUpdated && { age: ageOfAnswer(stored, isSame ? before.age : undefined, now.nowMs) }),
  };
  // What Kubernetes itself serves changes with the server alone.
  const isBuiltin = builtinKind(apiVersionOf(type), type.kind) !== undefined;
  if (isBuiltin || !differences.some(isDropped)) return answer;
  const { epoch, nowMs: atMs } = now;
  return { ...answer, doubt: { epoch, atMs, isConfirmed: confirms(lost, before, now) } };
}

/** The same answer to the same wish, long enough after the first one. */
function confirms(
  lost: ReadonlySet<string>,
  before: Answer | undefined,
  { epoch, nowMs }: DoubtTime,
): boolean {
  if (before?.doubt?.epoch !== epoch || !lost.isSubsetOf(before.lost)) return false;
  return before.doubt.isConfirmed || isOld(before.doubt, nowMs);
}

/** The same answer, or one that knows that somebody wrote the child since. */
export function lookedAt(answer: Answer, seen: KubeObject): Answer {
  const age = answer.age && seenAgain(answer.age, seen);
  return age === undefined || age === answer.age ? answer : { ...answer, age };
}

/** The server gave this very answer to this very wish. */
export function hasAnswered({ lost }: Answer, difference: FieldDifference): boolean {
  return lost.has(fingerprint([difference]));
}

/** It did, and would do so again. */
export function explains(answer: Answer, difference: FieldDifference, now: DoubtTime): boolean {
  if (isAskedAgain(answer, now.nowMs) || !hasAnswered(answer, difference)) return false;
  const { doubt } = answer;
  return !doubt || !isDropped(difference) || isBelieved(doubt, now);
}

/** Nothing of it has to be asked again now, or before the cache of its kind is filled anew. */
export function isFinal(answer: Answer, { epoch, nowMs }: DoubtTime): boolean {
  const { doubt } = answer;
  return !isAskedAgain(answer, nowMs) && (!doubt || isKnown(doubt, epoch));
}

function isAskedAgain({ age }: Answer, nowMs: number): boolean {
  return age !== undefined && isDue(age, nowMs);
}

function isDropped({ before }: FieldDifference): boolean {
  return before === undefined;
}

interface Marked {
  readonly path: string;
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

/** A hash that stands for differences; values, which may be secret, cannot be read from it. */
export function fingerprint(differences: readonly Marked[]): string {
  const hash = createHash("sha256");
  for (const { path, before, after } of differences) {
    hash.update(`${path}\n${text(before)}\n${text(after)}\n`);
  }
  return hash.digest("base64url");
}

function text(value: Json | undefined): string {
  return value === undefined ? "" : canonicalJson(value);
}
