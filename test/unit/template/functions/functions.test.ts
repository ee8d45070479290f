import { describe, expect, test } from "bun:test";
import { compileTemplate } from "../../../../src/template/compile.ts";
import { TemplateError } from "../../../../src/template/error.ts";
import {
  enrichNeeds,
  functionGroups,
  katalogFunctions,
  unsupportedFunctions,
} from "../../../../src/template/functions/functions.ts";
import { createKatalogDialect } from "../../../../src/template/katalog-dialect.ts";
import { testMeter } from "./call-function.ts";
import { testEnvironment } from "./environment.ts";

/** The names that the Katalog language promises. */
const PROMISED = `
toLower toUpper trimSpace trim trimPrefix trimSuffix hasPrefix hasSuffix contains replace split join
concat repeat camelToKebab truncate slugify truncateName domainHost
add sub mul div mod min max clamp abs
ternary boolTernary boolDefault eqTernary coalesce default empty notEmpty
toInt toFloat toBool toString toJson toList typeOf typeMap typeList typeString typeNumber typeBool
typeNull isScalar isComposite len asList asMap asString
toBase64 fromBase64 toJSON sha256sum
randomAlphanumeric randomHex randomBase64
timeAgo timeSince timeFormat isExpired durationSeconds durationAdd durationValid timeUntil weekday
weekend timeInWindow
cronFromMap cronFromAny cronToMap cronNormalize cronDescribe cronValid cronExpr cronMinute cronHour
cronDom cronMonth cronDow cronField nextCron
semverMajor semverMinor semverPatch semverValid semverCompare semverBump semverConstraint
cidrContains ipValid ipIsPrivate
parseQuantity formatQuantity sumQuantity resourceCPU resourceMemory
listHas listGet listLen mapGet mapKeys mapValues mapPick mapOmit
get getOr getStringOr getIntOr getBoolOr
meta name namespace labels annotations spec status phase ownerKind ownerName hasCondition
conditionReason conditionMessage resourceExists isTerminating generation observedGeneration isSynced
getLabel getAnnotation resourceName resourceNamespace resourceUID resourceVersion creationTimestamp
replicasReady allReplicasReady desiredReplicas readyReplicas availableReplicas updatedReplicas
rolloutComplete deploymentReplicaSets deploymentReplicaSetCount oldDeploymentReplicaSets
replicaSetOwnerName replicaSetOwnerKind
containerCount containerImage containerEnv containerPort containerPorts containerPortByName
hasContainerPort
podCount readyPodCount podNames podIPs podPhases podNodes podByOrdinal podContainerReasons
podMaxRestarts hasCrashingPod podCrashLoopDetected podNodeName podNodeZone podNodeRegion
podNodeInstanceType
jobSucceeded jobFailed jobActive jobFirstExitCode jobActivePodNames jobSucceededPodNames
jobFailedPodNames
cronJobActiveCount cronJobLastScheduleTime cronJobNextScheduleTime cronJobLastSuccessTime
cronJobLastJobName cronJobLastJobSucceeded cronJobLastSuccessfulJobName
serviceClusterIP serviceNodePort serviceLoadBalancerIP serviceLoadBalancerHost endpointsReady
hasEndpoints serviceEndpointCount serviceEndpoints serviceFirstEndpoint
ingressReady ingressHost ingressIP ingressClassName ingressRules ingressTLSHosts
pvcPhase pvcBound pvcCapacity pvcStorageClass pvcAccessModes pvcProvisioner pvcVolumeMode
pvcStorageClassProvisioner pvcStorageClassReclaimPolicy
hpaCurrentReplicas hpaDesiredReplicas hpaMinReplicas hpaMaxReplicas hpaScaling hpaAtMax
hpaScalingActive hpaAbleToScale hpaScalingLimited hpaScaleTargetName hpaScaleTargetKind
hpaMetricTypes
hasWarnings warningCount firstWarning warningMessages warningReasons
promAboveThreshold promBelowThreshold
generationChanged labelsChanged annotationsChanged deletionStarted finalizersChanged nameChanged
namespaceChanged generateNameChanged uidChanged resourceVersionChanged creationTimestampChanged
deletionGracePeriodSecondsChanged ownerReferenceChanged managedFieldsChanged
`
  .trim()
  .split(/\s+/);

/** Without a size or a divisor there is nothing to answer. */
const REFUSE_ABSENT = new Set(["div", "mod", "randomAlphanumeric", "randomHex", "randomBase64"]);

const ZERO_VALUES: readonly unknown[] = [undefined, "", 0, false, [], {}];

/** The answers for nothing that are not a zero value. */
const ANSWERS_FOR_ABSENT: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(
    ["hasPrefix", "hasSuffix", "contains", "empty", "typeNull"].map((name) => [name, true]),
  ),
  weekend: true, // the test's moment is a Sunday
  typeOf: "null",
  toJSON: "null",
  toJson: "null",
  sha256sum: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", // of the empty text
  timeUntil: "0s",
  durationAdd: "0s",
  formatQuantity: "0",
  sumQuantity: "0",
  jobFirstExitCode: -1,
  cronToMap: { minute: "*", hour: "*", dayOfMonth: "*", month: "*", dayOfWeek: "*" },
  ...Object.fromEntries(
    ["cronFromMap", "cronFromAny", "cronNormalize", "cronExpr"].map((name) => [name, "* * * * *"]),
  ),
  ...Object.fromEntries(
    ["cronMinute", "cronHour", "cronDom", "cronMonth", "cronDow", "cronField"].map((name) => [
      name,
      "*",
    ]),
  ),
};

const dialect = createKatalogDialect({ functions: katalogFunctions });
const rows = functionGroups.flatMap((group) =>
  group.functions.map((row) => ({ ...row, given: group.given ?? {} })),
);

test("katalogFunctions has every promised function and no other", () => {
  expect([...katalogFunctions.keys()].sort()).toEqual([...PROMISED].sort());
});

describe("katalogFunctions", () => {
  test.each(rows)("$name renders its documented example", ({ example, given }) => {
    const [source, output] = example;
    const compiled = compileTemplate(source, { dialect });
    if (compiled.kind === "failed") throw new Error(compiled.issues[0]?.message);
    expect(compiled.template.render(given, testEnvironment)).toBe(output);
  });

  test.each(rows)("$name uses itself in its example", ({ name, example }) => {
    const compiled = compileTemplate(example[0], { dialect });
    if (compiled.kind === "failed") throw new Error(compiled.issues[0]?.message);
    expect(compiled.template.functionNames.has(name)).toBe(true);
  });

  test.each(rows)("$name has an answer for absent arguments", (row) => {
    const absent = Array.from({ length: row.minArgs }, () => undefined);
    const call = {
      environment: testEnvironment,
      root: {},
      meter: testMeter(),
      isLiteral: absent.map(() => false),
    };
    if (REFUSE_ABSENT.has(row.name)) {
      expect(() => row.call(absent, call)).toThrow(TemplateError);
    } else if (Object.hasOwn(ANSWERS_FOR_ABSENT, row.name)) {
      expect(row.call(absent, call)).toEqual(ANSWERS_FOR_ABSENT[row.name] as never);
    } else {
      expect(ZERO_VALUES).toContainEqual(row.call(absent, call) as unknown);
    }
  });
});

test("enrichNeeds names the item that each pod, event and endpoint function waits for", () => {
  expect(enrichNeeds.get("podCount")).toBe("pods");
  expect(enrichNeeds.get("hasWarnings")).toBe("events");
  expect(enrichNeeds.get("serviceEndpoints")).toBe("endpoints");
  expect(enrichNeeds.get("readyReplicas")).toBeUndefined();
  expect(new Set(enrichNeeds.values())).toEqual(
    new Set(["pods", "events", "endpoints", "node", "cronjob", "storageclass", "replicasets"]),
  );
});

test("unsupportedFunctions are the sentinels, each with its reason", () => {
  expect([...unsupportedFunctions.keys()]).toContain("generationChanged");
  expect(unsupportedFunctions.get("generationChanged")).toContain("preReconcile.sentinels");
  expect(unsupportedFunctions.size).toBe(14);
});
