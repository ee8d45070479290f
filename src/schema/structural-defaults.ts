/** Defaults against the schema that they stand in: the server takes none that it would refuse later. */
import type { Json } from "../std/json.ts";
import { type JsonSchema, nodeFromJsonSchema } from "./json-schema.ts";
import { pruneUnknown } from "./prune.ts";
import { childrenOf, type Findings, type Place } from "./structural-place.ts";
import { schemaValidator } from "./validate.ts";

export function checkDefaults(place: Place, findings: Findings): void {
  const { schema } = place;
  const value = schema["default"];
  if (value !== undefined && value !== null) checkDefault(place, value, findings);
  for (const child of childrenOf(place)) checkDefaults(child, findings);
}

function checkDefault(place: Place, value: Json, findings: Findings): void {
  const schema = place.schema as JsonSchema;
  const { value: known, dropped } = pruneUnknown(
    value,
    nodeFromJsonSchema(schema, { type: "any" }),
  );
  if (dropped.length > 0) {
    const message = `The default of ${findings.subject(place)} has fields that it does not know: ${dropped.join(", ")}`;
    const detail = "must not have unknown fields";
    findings.add(place, "default", { fault: "invalid", value, detail, message });
  }
  const violations = schemaValidator(schema).validate(known);
  if (violations.length === 0) return;
  const message = `The default of ${findings.subject(place)} does not fit it: found ${JSON.stringify(value)}, expected ${expectation(schema)}`;
  findings.add(place, "default", { fault: "invalid", value, detail: "", violations, message });
}

function expectation({ type, enum: allowed }: JsonSchema): string {
  if (allowed) return `one of: ${allowed.map((one) => JSON.stringify(one)).join(", ")}`;
  return type === undefined ? "what its schema says" : `what its schema says, type ${type}`;
}
