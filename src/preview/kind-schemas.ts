/** Schemas of all kinds: built-in ones are known, custom ones as far as they were learned. */
import type { CustomSchemas } from "../runtime/custom-schemas.ts";
import { builtinKind } from "../schema/builtin.ts";
import type { SchemaNode } from "../schema/node.ts";
import { apiVersionOf, type ResourceType } from "../schema/object.ts";

export function kindSchema(
  type: ResourceType,
  custom: Pick<CustomSchemas, "of">,
): SchemaNode | undefined {
  return builtinKind(apiVersionOf(type), type.kind)?.schema ?? custom.of(type);
}
