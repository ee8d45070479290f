import { expect, test } from "bun:test";
import { documentPlace } from "../../../src/cli/document-place.ts";

test.each([
  [
    "crds[web].box.children[onReconcile.deployments[0]].fields.data.text",
    "spec.crds.web.operatorBox.reconcile.onReconcile.deployments[0].data.text",
  ],
  [
    "crds[web].box.children[onReconcile.deployments[0]].patch",
    "spec.crds.web.operatorBox.reconcile.onReconcile.deployments[0].patch",
  ],
  [
    "crds[web].box.children[onCreate.secrets[2]]",
    "spec.crds.web.operatorBox.reconcile.onCreate.secrets[2]",
  ],
  [
    "crds[web].box.status.fields[url].value",
    "spec.crds.web.operatorBox.emit.status.fields[url].value",
  ],
  ["crds[web].resyncMs", "spec.crds.web.operatorBox.reconcile.resync"],
  ["crds[web].workers", "spec.crds.web.operatorBox.reconcile.workers"],
  ["crds[web].box.onDelete.timeoutMs", "spec.crds.web.operatorBox.reconcile.onDelete.timeout"],
  ["crds[web].crd.spec", "spec.crds.web.crdFile.spec"],
  ["crds[web].labels.a", "spec.crds.web.labels.a"],
  ["crds[web]", "spec.crds.web"],
  ["metadata.version", "metadata.version"],
])("documentPlace() of %s is %s", (path, place) => {
  expect(documentPlace(path)).toBe(place);
});
