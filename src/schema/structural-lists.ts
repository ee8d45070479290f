/** What a structural schema may say of lists. */
import { isJsonObject } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { capital, type Findings, type Place } from "./structural-place.ts";

export function checkLists(place: Place, findings: Findings): void {
  const { schema } = place;
  const { items } = schema;
  if (Array.isArray(items)) {
    const message = `Cannot use a list for "items" of ${findings.subject(place)}: expected one schema for all items`;
    const detail = "items must be a schema object and not an array";
    findings.add(place, "items", { fault: "forbidden", detail, message });
  } else if (schema["type"] === "array" && !isJsonObject(items)) {
    const message = `${capital(findings.subject(place))} is an array without "items"`;
    const hint = 'Say what is in it, such as "items: { type: string }"';
    findings.add(place, "items", { fault: "required", detail: "must be specified", message, hint });
  }
  if (schema["uniqueItems"] === true) {
    const detail =
      "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    const message = `Cannot use "uniqueItems: true" in ${findings.subject(place)}`;
    const hint = 'Write "x-kubernetes-list-type: set" instead';
    findings.add(place, "uniqueItems", { fault: "forbidden", detail, message, hint });
  }
  checkListType(place, findings);
}

const LIST_TYPES = ["atomic", "set", "map"];

function checkListType(place: Place, findings: Findings): void {
  const key = "x-kubernetes-list-type";
  const keysKey = "x-kubernetes-list-map-keys";
  const { schema } = place;
  const type = schema[key];
  if (typeof type === "string" && !LIST_TYPES.includes(type)) {
    const near = suggest(type, LIST_TYPES);
    const message = `"${key}" of ${findings.subject(place)} is "${type}", expected one of: ${LIST_TYPES.join(", ")}`;
    const hint = near && { hint: `Did you mean "${near}"?` };
    const problem = { value: type, detail: "", allowed: LIST_TYPES, message, ...hint };
    findings.add(place, key, { fault: "unsupported", ...problem });
  }
  const keys = schema[keysKey];
  if (type !== "map" || (Array.isArray(keys) && keys.length > 0)) return;
  const detail = "must not be empty if x-kubernetes-list-type is map";
  const message = `"${keysKey}" is missing in ${findings.subject(place)}: its list type is "map"`;
  findings.add(place, keysKey, { fault: "required", detail, message });
}
