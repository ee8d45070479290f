/**
 * `metadata.managedFields` read and written: who owns which fields. One entry per manager,
 * operation and subresource (and apiVersion, for updates).
 */
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { FieldSet } from "./field-set.ts";

export type Operation = "Apply" | "Update";

/** Who writes, and how. */
export interface Writer {
  readonly manager: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  readonly subresource: string;
}

export interface ManagerEntry extends Writer {
  readonly fields: FieldSet;
  /** RFC 3339, whole seconds. */
  readonly time: string;
}

/** An entry's identity. An applier keeps its entry when it moves to another apiVersion. */
export function writerKey(writer: Writer): string {
  const version = writer.operation === "Apply" ? "" : writer.apiVersion;
  return JSON.stringify([writer.operation, writer.manager, version, writer.subresource]);
}

export type Managers = ReadonlyMap<string, ManagerEntry>;

export function decodeManagers(managedFields: Json | undefined): Map<string, ManagerEntry> {
  const managers = new Map<string, ManagerEntry>();
  if (!Array.isArray(managedFields)) return managers;
  for (const raw of managedFields) {
    if (!isJsonObject(raw)) continue;
    const fields = raw["fieldsV1"];
    const entry: ManagerEntry = {
      manager: text(raw["manager"]),
      operation: raw["operation"] === "Apply" ? "Apply" : "Update",
      apiVersion: text(raw["apiVersion"]),
      subresource: text(raw["subresource"]),
      time: text(raw["time"]),
      fields: FieldSet.fromJson(isJsonObject(fields) ? fields : {}),
    };
    managers.set(writerKey(entry), entry);
  }
  return managers;
}

/** Appliers first, then by time, manager, version and subresource. */
export function encodeManagers(managers: Managers): JsonObject[] {
  return [...managers.values()].sort(compareEntries).map((entry) => ({
    apiVersion: entry.apiVersion,
    fieldsType: "FieldsV1",
    fieldsV1: entry.fields.toJson(),
    manager: entry.manager,
    operation: entry.operation,
    ...(entry.subresource !== "" && { subresource: entry.subresource }),
    ...(entry.time !== "" && { time: entry.time }),
  }));
}

function compareEntries(left: ManagerEntry, right: ManagerEntry): number {
  for (const key of ["operation", "time", "manager", "apiVersion", "subresource"] as const) {
    if (left[key] !== right[key]) return left[key] < right[key] ? -1 : 1;
  }
  return 0;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
