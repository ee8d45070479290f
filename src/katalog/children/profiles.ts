/**
 * The built-in profiles of the language as one table: named sets of values for the blocks of a
 * workload. Only the classes that this build's children use; the values are Kubernetes fields.
 */
import type { JsonObject } from "../../std/json.ts";

export type ProfileClass =
  | "resources"
  | "probes"
  | "containerSecurity"
  | "podSecurity"
  | "rollingUpdate";

const PROFILES: Readonly<Record<ProfileClass, Readonly<Record<string, JsonObject>>>> = {
  resources: {
    tiny: resources(["25m", "64Mi"], ["100m", "128Mi"]),
    small: resources(["100m", "128Mi"], ["500m", "512Mi"]),
    medium: resources(["250m", "256Mi"], ["1", "1Gi"]),
    large: resources(["500m", "512Mi"], ["2", "2Gi"]),
    burst: resources(["200m", "256Mi"], ["2", "2Gi"]),
    steady: resources(["300m", "256Mi"], ["600m", "512Mi"]),
    "compute-heavy": resources(["1", "512Mi"], ["2", "1Gi"]),
    "memory-heavy": resources(["250m", "1Gi"], ["500m", "2Gi"]),
  },
  probes: {
    fast: timings([5, 10, 2, 5]),
    standard: timings([15, 20, 3, 10]),
    patient: timings([30, 30, 5, 10]),
    "slow-start": timings([0, 10, 30, 10]),
  },
  containerSecurity: {
    baseline: { allowPrivilegeEscalation: false, capabilities: { drop: ["NET_RAW"] } },
    restricted: {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    },
    hardened: {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  },
  podSecurity: {
    baseline: { runAsNonRoot: false },
    restricted: { runAsNonRoot: true, runAsUser: 1000 },
    hardened: { runAsNonRoot: true, runAsUser: 65534 },
  },
  rollingUpdate: {
    safe: { maxSurge: 1, maxUnavailable: 0 },
    fast: { maxSurge: "25%", maxUnavailable: "25%" },
    "blue-green": { maxSurge: "100%", maxUnavailable: 0 },
  },
};

/** The profile of that name, in any case; `undefined` when there is none. */
export function findProfile(profileClass: ProfileClass, name: string): JsonObject | undefined {
  const key = name.trim().toLowerCase();
  return Object.hasOwn(PROFILES[profileClass], key) ? PROFILES[profileClass][key] : undefined;
}

export function profileNames(profileClass: ProfileClass): readonly string[] {
  return Object.keys(PROFILES[profileClass]);
}

/** `[cpu, memory]` of the requests and of the limits. */
function resources(
  requests: readonly [cpu: string, memory: string],
  limits: readonly [cpu: string, memory: string],
): JsonObject {
  return {
    requests: { cpu: requests[0], memory: requests[1] },
    limits: { cpu: limits[0], memory: limits[1] },
  };
}

/** Seconds, and a count of failures. */
function timings(
  values: readonly [initialDelay: number, period: number, failures: number, timeout: number],
): JsonObject {
  return {
    initialDelaySeconds: values[0],
    periodSeconds: values[1],
    failureThreshold: values[2],
    timeoutSeconds: values[3],
  };
}
