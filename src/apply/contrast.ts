/** What two sides set a field to, in a few words, for status and Events. Pure. */
import { excerptsOf } from "../std/excerpt.ts";
import type { Json } from "../std/json.ts";
import { redactField } from "../telemetry/redact.ts";
import type { FieldChange } from "./changes.ts";

const MAX_VALUE_CHARS = 60;

/** `7, declared is 2`; without values of secrets, and of long ones the part in which they differ. */
export function contrast({ path, before, after }: FieldChange): string {
  const text = (value: Json | undefined) =>
    value === undefined ? "nothing" : JSON.stringify(redactField(path, value));
  const [theirs, ours] = excerptsOf(text(before), text(after), MAX_VALUE_CHARS);
  return `${theirs}, declared is ${ours}`;
}
