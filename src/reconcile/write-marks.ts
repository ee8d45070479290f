/** Steps 4 and 5: finalizer, label and annotations of the custom resource, in one request. */

import type { KubeObject } from "../schema/object.ts";
import { statusOf } from "../status/status.ts";
import { isJsonObject } from "../std/json.ts";
import type { TemplateValue } from "../template/template.ts";
import { planPlaces } from "./child-kinds.ts";
import type { PassContext } from "./context.ts";
import { planMarks, withMarks } from "./marks.ts";
import { patchMarks } from "./patch-marks.ts";
import { constantOf } from "./program.ts";
import { scopeFor } from "./scope.ts";
import { templateFault } from "./template-fault.ts";

export interface Marked {
  /** As it is, or as it will be once `writing` is done. */
  readonly object: KubeObject;
  /** The write, under way, and the object as stored by it; absent when everything is in place. */
  readonly writing?: Promise<KubeObject>;
  readonly errors: readonly Error[];
}

/**
 * Labels of the entry that cannot be rendered are left out and reported: the finalizer must not wait
 * for somebody to repair a template.
 */
export async function startMarks(object: KubeObject, context: PassContext): Promise<Marked> {
  const { surroundings, program, nowMs } = context;
  const { labels, errors } = program.labels.isConstant
    ? { labels: labelsOf(constantOf(program.labels)), errors: [] }
    : await renderLabels(object, context);
  const change = planMarks(object, {
    katalogName: surroundings.katalogName,
    configDigest: surroundings.configDigest,
    childKinds: await planPlaces(object, context),
    labels,
    finalizers: program.crd.box.finalizers,
    nowMs,
  });
  if (!change) return { object, errors };
  const writing = patchMarks(object, change, context);
  // Whoever needs it waits for it; until then nobody may be listening.
  writing.catch(() => undefined);
  return { object: withMarks(object, change), writing, errors };
}

async function renderLabels(
  object: KubeObject,
  context: PassContext,
): Promise<{ readonly labels: Record<string, string>; readonly errors: readonly Error[] }> {
  const { program, environment, evaluations } = context;
  try {
    const parts = { spec: object.spec, status: statusOf(object), children: [] };
    const scope = scopeFor(object, parts, context);
    const labels = await evaluations.run(environment, (own) => program.labels.evaluate(scope, own));
    return { labels: labelsOf(labels), errors: [] };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { labels: {}, errors: [templateFault("Cannot render the labels", error)] };
  }
}

function labelsOf(rendered: TemplateValue): Record<string, string> {
  const entries = isJsonObject(rendered) ? Object.entries(rendered) : [];
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}
