/**
 * Owners of objects that have none yet. Fields that nobody tracked belong to a manager of their own
 * once somebody applies; plain updates of such an object do not start tracking.
 */
import type { SchemaNode } from "../../schema/node.ts";
import type { Json } from "../../std/json.ts";
import { FieldSet } from "./field-set.ts";
import { type ManagerEntry, type Managers, writerKey } from "./managers.ts";
import { recordUpdate } from "./ownership.ts";

const BEFORE_FIRST_APPLY = "before-first-apply";

/** Managers to start an apply from, for an object that exists and has none. */
export function ownersBeforeApply(
  live: Json,
  context: {
    readonly node: SchemaNode;
    readonly apiVersion: string;
    readonly now: string;
    readonly empty: Json;
  },
): Managers {
  const { node, apiVersion, now, empty } = context;
  const writer = {
    manager: BEFORE_FIRST_APPLY,
    operation: "Update",
    apiVersion,
    subresource: "",
  } as const;
  const managers: ReadonlyMap<string, ManagerEntry> = new Map();
  const recorded = recordUpdate(empty, live, {
    node,
    writer,
    now,
    ignored: new FieldSet(),
    managers,
  });
  const entry = recorded.get(writerKey(writer));
  return entry === undefined ? new Map() : recorded;
}
