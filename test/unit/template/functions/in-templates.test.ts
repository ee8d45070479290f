/** The functions as Katalogs write them: piped, nested, with `.` and with calls as arguments. */
import { expect, test } from "bun:test";
import { compileTemplate } from "../../../../src/template/compile.ts";
import { createKatalogDialect } from "../../../../src/template/katalog-dialect.ts";
import { testEnvironment } from "./environment.ts";

const SCOPE = {
  metadata: { name: "shop", labels: { app: "shop", tier: "web" } },
  spec: {
    replicas: 0,
    image: "nginx:1.27",
    hosts: ["a.example.com", "b.example.com"],
    schedule: { minute: "*/5" },
    cpuLimit: "1",
    resources: { requests: { cpu: "250m" } },
    tags: "latest,stable",
  },
  children: {
    deployment: {
      kind: "Deployment",
      metadata: { name: "shop" },
      spec: { replicas: 4 },
      status: { readyReplicas: 1 },
    },
    deployments: {
      web: { metadata: { name: "web" }, spec: { replicas: 1 }, status: { readyReplicas: 1 } },
      api: { metadata: { name: "api" }, spec: { replicas: 2 }, status: { readyReplicas: 2 } },
    },
    job: { status: {} },
  },
};

test.each([
  ["{{ default .spec.replicas 2 }}", "2"],
  ["{{ default 2 .spec.replicas }}", "2"],
  ["{{ .spec.replicas | default 2 }}", "2"],
  ['{{ default .spec.image "none" }}', "nginx:1.27"],
  ['{{ .spec.missing.deep | default "none" }}', "none"],
  ['{{ default "none" (get .spec "image") }}', "nginx:1.27"],
  ['{{ resourceCPU . | default "100m" }}', "250m"],
  ['{{ resourceMemory . | default "128Mi" }}', "128Mi"],
  ['{{ index (split .spec.tags ",") 1 }}', "stable"],
  ['{{ join (mapKeys .metadata.labels) ", " }}', "app, tier"],
  ['{{ join .spec.hosts ", " }}', "a.example.com, b.example.com"],
  [
    "{{ if typeMap .spec.schedule }}\n  {{ cronFromMap .spec.schedule }}\n{{ else }}\n  {{ cronNormalize .spec.schedule }}\n{{ end }}",
    "*/5 * * * *",
  ],
  ['{{ and (timeInWindow "09:00" "18:00") weekend }}', "true"],
  ["{{ formatQuantity (div (parseQuantity .spec.cpuLimit) 4) }}", "250m"],
  [
    "{{ div (toFloat (readyReplicas .children.deployment)) (toFloat (desiredReplicas .children.deployment)) }}",
    "0.25",
  ],
  ["{{ eq (readyReplicas .children.deployment) (desiredReplicas .children.deployment) }}", "false"],
  ["{{ allReplicasReady .children.deployments }}", "true"],
  ["{{ readyReplicas .children.deployments }}", "3"],
  ["{{ jobSucceeded .children.job }}", "false"],
  ["{{ resourceExists .children.job }}", "false"],
  ['{{ getLabel . "tier" }}', "web"],
  ['{{ boolTernary (boolDefault .spec.suspend false) "Suspended" "Active" }}', "Active"],
  ["{{ clamp (getIntOr .spec.workers 2) 1 20 }}", "2"],
  ['{{ truncateName (slugify "My Project / Two") 10 }}', "my-project"],
  [
    '{{ range $i, $host := .spec.hosts }}{{ if $i }};{{ end }}{{ trimSuffix $host ".example.com" }}{{ end }}',
    "a;b",
  ],
  ['{{ with mapPick .metadata.labels "app" }}{{ .app }}{{ end }}', "shop"],
])("%s renders %j", (source, output) => {
  const compiled = compileTemplate(source, { dialect: createKatalogDialect() });
  if (compiled.kind === "failed") throw new Error(compiled.issues[0]?.message);
  expect(compiled.template.render(SCOPE, testEnvironment)).toBe(output);
});

test.each([
  ["{{ toLower }}", "toLower"],
  ['{{ ternary .spec.image "a" }}', "ternary"],
  ['{{ weekday "UTC" "x" }}', "weekday"],
])("%s is an issue at load: wrong number of arguments", (source, name) => {
  const compiled = compileTemplate(source, { dialect: createKatalogDialect() });
  expect(compiled.kind).toBe("failed");
  expect(compiled.issues[0]?.message).toContain(name);
});

test("a refused argument is an error with the place in the template", () => {
  const position = { file: "katalog.yaml", line: 7, column: 3 };
  const source = 'x{{ add 1 "many" }}';
  const compiled = compileTemplate(source, { dialect: createKatalogDialect(), position });
  if (compiled.kind === "failed") throw new Error(compiled.issues[0]?.message);
  expect(() => compiled.template.render(SCOPE, testEnvironment)).toThrow(
    /katalog\.yaml:7:\d+: Cannot evaluate "add": number is "many", expected a number/,
  );
});
