/**
 * Reads the Go types of the Kubernetes API as far as one question goes: which fields does the
 * server leave out when they are zero? OpenAPI does not say it. Used by `generate-schema.ts`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface GoFields {
  /** `type` as OpenAPI names it (`io.k8s.api.core.v1.Container`), `field` as in JSON. */
  isOmittedWhenZero(type: string, field: string): boolean;
}

interface GoStruct {
  /** JSON name → the field is `omitempty` and no pointer. */
  readonly fields: Map<string, boolean>;
  readonly embedded: string[];
}

const STRUCT = /^type (\w+) struct \{$([\s\S]*?)^\}$/gm;
const FIELD = /^\s*(\w+)\s+(\S.*?)\s+`[^`]*json:"([^",]*)((?:,[a-z]+)*)"/;
const EMBEDDED = /^\s*([\w.]+)\s+`[^`]*json:",inline/;

/** `modules`: prefix of OpenAPI names → folder of the Go module. */
export function readGoFields(modules: Readonly<Record<string, string>>): GoFields {
  const packages = new Map<string, Map<string, GoStruct>>();
  function lookUp(type: string): { structs: Map<string, GoStruct>; name: string } | undefined {
    const prefix = Object.keys(modules).find((candidate) => type.startsWith(candidate));
    if (!prefix) return undefined;
    const steps = type.slice(prefix.length).split(".");
    const name = steps.pop() ?? "";
    const folder = join(modules[prefix]!, ...steps);
    const structs = packages.get(folder) ?? readPackage(folder);
    packages.set(folder, structs);
    return { structs, name };
  }
  return {
    isOmittedWhenZero(type, field) {
      const found = lookUp(type);
      return found ? isOmitted(found.structs, found.name, field) : false;
    },
  };
}

function isOmitted(structs: Map<string, GoStruct>, name: string, field: string): boolean {
  const struct = structs.get(name);
  if (!struct) return false;
  const own = struct.fields.get(field);
  if (own !== undefined) return own;
  return struct.embedded.some((embedded) => isOmitted(structs, embedded, field));
}

function readPackage(folder: string): Map<string, GoStruct> {
  const structs = new Map<string, GoStruct>();
  for (const file of readdirSync(folder)) {
    if (!file.endsWith(".go") || file.startsWith("zz_") || file.startsWith("generated")) continue;
    for (const [, name = "", body = ""] of readFileSync(join(folder, file), "utf8").matchAll(
      STRUCT,
    )) {
      structs.set(name, readStruct(body));
    }
  }
  return structs;
}

function readStruct(body: string): GoStruct {
  const struct: GoStruct = { fields: new Map(), embedded: [] };
  for (const line of body.split("\n")) {
    const embedded = EMBEDDED.exec(line);
    if (embedded?.[1]) struct.embedded.push(embedded[1]);
    const match = embedded ? null : FIELD.exec(line);
    if (!match) continue;
    const [, , type = "", name = "", options = ""] = match;
    struct.fields.set(name, options.includes(",omitempty") && !type.startsWith("*"));
  }
  return struct;
}
