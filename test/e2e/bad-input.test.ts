/**
 * Everything that can be wrong from outside, and what the user reads then: a message to act on, with the
 * place where there is one; an exit code; and a cluster that nothing was written to.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { AuditLog, tally } from "../support/audit-log.ts";
import type { Cluster } from "../support/cluster-client.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { freePorts } from "../support/free-port.ts";
import { conditionOf, NamespacedObjects } from "../support/namespaced-objects.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";

const cwd = join(import.meta.dir, "fixtures/bad-input");
const KINDS = {
  Gizmo: ["bad-input.test/v1", "gizmos"],
  Gadget: ["bad-input.test/v1", "gadgets"],
} as const;

/** What is wrong → each problem that is told, as `place message`. */
const REFUSED: readonly (readonly [what: string, file: string, problems: readonly string[]])[] = [
  ["broken YAML", "broken-yaml.yaml", ["broken-yaml.yaml:7:1 Missing closing"]],
  [
    "unknown keys",
    "unknown-key.yaml",
    [
      'unknown-key.yaml:10:11 Unknown key "wrokers"',
      'unknown-key.yaml:14:17 Unknown key "replica"',
    ],
  ],
  [
    "values of a wrong type",
    "wrong-type.yaml",
    [
      'wrong-type.yaml:10:20 Cannot use spec.crds.gizmo.operatorBox.reconcile.workers: found the text "many", expected a whole number',
      'wrong-type.yaml:11:19 Cannot use spec.crds.gizmo.operatorBox.reconcile.resync: found the text "soon", expected a duration',
      "wrong-type.yaml:13:26 Cannot use spec.crds.gizmo.operatorBox.reconcile.onReconcile.deployments: found a mapping, expected a list",
    ],
  ],
  [
    "an unknown function",
    "unknown-function.yaml",
    ['unknown-function.yaml:13:30 Unknown function "toUper"'],
  ],
  [
    "templates that do not parse",
    "template-does-not-parse.yaml",
    [
      "template-does-not-parse.yaml:13:26 Unclosed action: expected }}",
      "template-does-not-parse.yaml:14:29 Unclosed {{if}}: expected {{end}}",
    ],
  ],
  [
    "two CRDs with one name",
    "one-name-twice.yaml",
    ['one-name-twice.yaml:9:5 The key "gizmo" is given twice: first in line 6'],
  ],
  [
    "a missing file",
    "missing-file.yaml",
    ['missing-file.yaml:7:16 Cannot read "./no-such.crd.yaml": there is no file'],
  ],
];

describeWithCluster("a Katalog that is wrong", {
  needs: ["audit"],
  tests(cluster) {
    test.each(REFUSED)(
      "with %s does not start, and says where and what",
      async (_, file, problems) => {
        const audit = new AuditLog(cluster().auditLogPath ?? "");
        audit.take();
        const args = ["run", "-f", file, "--kubeconfig", cluster().kubeconfig("operator")];
        const { code, stdout, stderr } = await orkOnce(args, { cwd });
        expect(code).toBe(EXIT.issues);
        expect(stdout).toBe("");
        expect(problemsIn(stderr)).toEqual(problems.map((start) => expect.stringContaining(start)));
        // Not even asked: the Katalog is judged before the cluster is opened.
        expect(tally(byOperator(audit))).toEqual({});
      },
    );

    test("an unknown path in a template is a warning with a suggestion, and the CRD is served", async () => {
      const kubeconfig = cluster().kubeconfig("operator");
      await using ork = await OrkProcess.serve(
        ["-f", "unknown-path.yaml", "--kubeconfig", kubeconfig],
        { cwd },
      );
      expect(problemsIn(ork.stderr)).toEqual([
        'unknown-path.yaml:13:30 Unknown path ".spec.titel": the schema has no "titel" there',
      ]);
      expect(ork.stderr).toContain('Did you mean ".spec.title"?');
      expect(await ork.stop()).toBe(EXIT.ok);
    });

    test("with --strict the same is an error, and nothing is asked of the cluster", async () => {
      const audit = new AuditLog(cluster().auditLogPath ?? "");
      audit.take();
      const kubeconfig = cluster().kubeconfig("operator");
      const args = ["run", "-f", "unknown-path.yaml", "--strict", "--kubeconfig", kubeconfig];
      const { code, stderr } = await orkOnce(args, { cwd });
      expect(code).toBe(EXIT.issues);
      expect(stderr).toContain("error: Unknown path");
      expect(stderr).toContain('Did you mean ".spec.title"?');
      expect(tally(byOperator(audit))).toEqual({});
    });
  },
});

describeWithCluster("a command with -o json", {
  tests(cluster) {
    test.each(["get", "plan"])(
      "%s says on standard output, too, what the cluster refuses",
      async (command) => {
        const kubeconfig = cluster().kubeconfig("nobody");
        const args = [command, "-f", "good.yaml", "--kubeconfig", kubeconfig];
        const { code, stdout, stderr } = await orkOnce([...args, "-o", "json"], { cwd });
        expect(code).toBe(EXIT.operational);
        const told = JSON.parse(stdout);
        // A plan says of each entry what is in its way.
        if (command === "plan") expect(told).toMatchObject({ isComplete: false });
        else {
          // Whoever ran before may have left the CRD there.
          const code = expect.stringMatching(/^(forbidden|operational)$/);
          const issue = { code, severity: "error" };
          expect(told.issues).toMatchObject([issue, issue]);
          expect(stderr).toStartWith("error: ");
        }
      },
    );
  },
});

test("all problems of all files are told at once, each with its line", async () => {
  const args = ["validate", "-f", "everything.yaml", "-f", "gadget.yaml", "-f", "nowhere.yaml"];
  const { code, stderr } = await orkOnce(args, { cwd });
  expect(code).toBe(EXIT.issues);
  const places = problemsIn(stderr).map((problem) => problem.split(" ")[0]);
  expect(places).toEqual(
    expect.arrayContaining([
      "everything.yaml:8:7",
      "everything.yaml:11:20",
      "everything.yaml:15:26",
      "everything.yaml:16:23",
      "everything.yaml:17:26",
      "gadget.yaml:10:11",
      "gadget.yaml:14:17",
    ]),
  );
  expect(stderr).toContain('Cannot read "nowhere.yaml": there is no such file or folder');
  expect(stderr).toContain('  8 |       enabledd: true\n    |       ^\n  Did you mean "enabled"?');
});

test.each([
  [["run", "--listen", "somewhere"], 'Option "--listen" is "somewhere", expected host:port'],
  [
    ["run", "--shutdown-timeout", "soon"],
    'Option "--shutdown-timeout" is "soon", expected a duration',
  ],
  [["run", "--log-format", "xml"], "expected one of: text, json"],
  [["rnu"], 'Unknown command "rnu", did you mean "run"?'],
  [["run", "--sandbxo"], "--sandbxo"],
])("the command line %p is a usage error that says why", async (args, message) => {
  const { code, stdout, stderr } = await orkOnce(
    args.length > 1 ? [...args, "-f", "good.yaml"] : args,
    { cwd },
  );
  expect(code).toBe(EXIT.usage);
  expect(stdout).toBe("");
  expect(stderr).toContain(message);
});

test("flags are judged before documents are looked for, and a switch of the environment like a flag", async () => {
  const empty = { cwd: import.meta.dir };
  const timeout = await orkOnce(["run", "--shutdown-timeout", "5"], empty);
  expect([timeout.code, timeout.stderr]).toEqual([EXIT.usage, expect.stringContaining('is "5"')]);
  const env = { ORK_SANDBOX: "maybe" };
  const sandbox = await orkOnce(["run"], { ...empty, env });
  expect(sandbox.code).toBe(EXIT.usage);
  expect(sandbox.stderr).toContain('Variable "ORK_SANDBOX" is "maybe", expected true or false');
  const bogus = await orkOnce(["--bogus"], empty);
  expect([bogus.code, bogus.stderr]).toEqual([EXIT.usage, expect.stringContaining("--bogus")]);
});

test("a folder for temporary files that cannot be written stops the sandbox, and says what to do", async () => {
  const args = ["run", "-f", "good.yaml", "--sandbox", "--listen", "0"];
  const { code, stderr } = await orkOnce(args, { cwd, env: { TMPDIR: "/nonexistent" } });
  expect(code).toBe(EXIT.operational);
  expect(stderr).toContain("set TMPDIR to one that can be written");
  expect(stderr).toContain("--sandbox-kubeconfig");
  expect(stderr).not.toMatch(/\n\s+at /);
});

test
  .skipIf(!existsSync("/dev/full"))
  .each([
    [["version"]],
    [["types"]],
    [["completion", "bash"]],
    [["--help"]],
    [["validate", "-f", "good.yaml"]],
    [["template", "-f", "good.yaml"]],
  ])("a disk that is full is one line and exit code 4: %p", async (args) => {
  const program = ["sh", "-c", 'exec "$0" "$@" >/dev/full', resolve("dist/ork")];
  const { code, stderr } = await orkOnce(args, { cwd, program });
  expect(code).toBe(EXIT.operational);
  expect(stderr).toBe("error: Cannot write the output: the disk is full\n");
});

test("a reader that leaves early is no failure", async () => {
  const script = '{ "$0" "$@"; echo "code $?" >&2; } | true';
  const program = ["sh", "-c", script, resolve("dist/ork")];
  const { stderr } = await orkOnce(["template", "-f", "good.yaml"], { cwd, program });
  expect(stderr).toBe("code 0\n");
});

test("a cluster that nobody answers for is named at once", async () => {
  const [port] = await freePorts(1);
  const args = ["run", "-f", "good.yaml", "--server", `https://127.0.0.1:${port}`];
  const { code, stderr } = await orkOnce(args, { cwd });
  expect(code).toBe(EXIT.operational);
  expect(stderr).toContain(`Cannot reach the API server at https://127.0.0.1:${port}`);
  expect(stderr).toContain("connection refused");
  expect(stderr).not.toMatch(/\n\s+at /);
});

test("a kubeconfig that is not there, and a context that is not in it, are named", async () => {
  const missing = await orkOnce(["run", "-f", "good.yaml", "--kubeconfig", "/no/such/config"], {
    cwd,
  });
  expect(missing.code).toBe(EXIT.operational);
  expect(missing.stderr).toContain('"/no/such/config"');
  const env = { HOME: "/nonexistent", KUBECONFIG: undefined };
  const none = await orkOnce(["run", "-f", "good.yaml"], { cwd, env });
  expect(none.code).toBe(EXIT.operational);
  expect(none.stderr).toMatch(/kubeconfig/i);
  expect(none.stderr).toContain("--sandbox");
});

describeWithCluster("a cluster that does not play along", {
  needs: ["controllers", "audit"],
  tests(cluster) {
    let objects: NamespacedObjects;
    beforeAll(async () => {
      objects = new NamespacedObjects(cluster(), await cluster().newNamespace("bad-input"), KINDS);
    });
    afterAll(async () => {
      for (const name of ["gizmos", "gadgets", "things"])
        await removeCrd(cluster(), `${name}.bad-input.test`);
    });

    test("without the rights ork stays up, says which one is missing, and goes on when it is given", async () => {
      const { namespace } = objects;
      const kubeconfig = await cluster().serviceAccount({ name: "poor", namespace });
      await using ork = await OrkProcess.serve(["-f", "good.yaml", "--kubeconfig", kubeconfig], {
        cwd,
      });
      const missing = await ork.eventually("the obstacle shows", async () => {
        const { status, body } = await ork.view("/katalog/gizmo/health");
        return status === 503 && body["reason"];
      });
      expect(missing).toContain(`User "system:serviceaccount:${namespace}:poor" cannot`);
      expect(missing).toMatch(/cannot \w+ resource "\w+" in API group "[\w.-]+"/);
      await ork.eventually("the log names both APIs", () => {
        const told = ork.log.filter(({ message }) => message === "Cannot go on yet");
        expect(told.every(({ level }) => level === "warn")).toBe(true);
        return new Set(told.map(({ crd }) => crd)).size === 2;
      });
      await grantEverything(cluster(), namespace, "poor");
      await ork.eventually("both APIs are started", async () => {
        const { body } = await ork.view<{ statusCounts: Record<string, number> }>("/katalog");
        return body.statusCounts["started"] === 2;
      });
      const isLast = ({ message }: { readonly message: string }) =>
        message === "Cannot go on yet" || message === "Goes on again";
      await ork.eventually("the log does not end with an outage that is over", () =>
        ["gizmo", "gadget"].every(
          (crd) => ork.log.findLast((line) => line.crd === crd && isLast(line))?.level === "info",
        ),
      );
      expect(await ork.stop()).toBe(EXIT.ok);
    });

    test("get shows what there is, and says which CRD is missing", async () => {
      const { namespace } = objects;
      const args = ["get", "-f", "half-served.yaml", "-n", namespace];
      const kubeconfig = cluster().kubeconfig("operator");
      const { code, stdout, stderr } = await orkOnce([...args, "--kubeconfig", kubeconfig], {
        cwd,
      });
      expect(code).toBe(EXIT.operational);
      expect(stdout).toContain("kube-root-ca.crt");
      expect(stderr).toContain(
        'error: The cluster serves no Phantom.v1.nowhere.test, the kind of the entry "phantom": apply its CRD',
      );
    });

    test("what rbac prints can be applied where not even the namespace is", async () => {
      const home = `${objects.namespace}-home`;
      const args = ["rbac", "-f", "good.yaml", "--service-account", `${home}/ork`, "--name", home];
      const { stdout } = await orkOnce(args, { cwd });
      try {
        await cluster().kubectl(["apply", "-f", "-"], { stdin: stdout });
        const roles = await cluster().kubectl([
          "get",
          "role,rolebinding",
          "-n",
          home,
          "-o",
          "name",
        ]);
        expect(roles).toContain(home);
      } finally {
        await cluster().kubectl(["delete", "--wait=false", "-f", "-"], { stdin: stdout });
      }
    });

    test("a resource that cannot be rendered fails alone: the others and the other API go on", async () => {
      const kubeconfig = cluster().kubeconfig("operator");
      await using ork = await OrkProcess.serve(["-f", "good.yaml", "--kubeconfig", kubeconfig], {
        cwd,
      });
      await objects.create("Gizmo", "wrong", { spec: { replicas: "plenty" } });
      await objects.create("Gizmo", "right", { spec: { replicas: 2 } });
      await objects.create("Gadget", "other", { spec: {} });
      await objects.untilThere("Deployment/right");
      await objects.untilReady("Gadget/other");
      const told = await ork.eventually("the status says what is wrong", async () =>
        conditionOf(await objects.find("Gizmo/wrong"), "Ready"),
      );
      expect(told).toMatchObject({ status: "False" });
      expect(told.message).toContain("replicas");
      expect(told.message).toContain('"plenty"');
      expect(await objects.find("Deployment/wrong")).toBeUndefined();
      const failures = ork.log.filter(({ level }) => level === "error");
      expect(failures.map(({ crd, key }) => [crd, key])).toEqual([
        ["gizmo", `${objects.namespace}/wrong`],
      ]);
      const event = await ork.eventually("an event says it too", async () =>
        (await objects.list("Event")).find(
          ({ involvedObject, type }) => involvedObject.name === "wrong" && type === "Warning",
        ),
      );
      expect(event["message"]).toContain('"plenty"');
      await objects.patch("Gizmo/wrong", { spec: { replicas: 1 } });
      await objects.untilThere("Deployment/wrong");
      for (const ref of ["Gizmo/wrong", "Gizmo/right", "Gadget/other"] as const)
        await objects.delete(ref);
      for (const ref of ["Gizmo/wrong", "Gizmo/right", "Gadget/other"] as const)
        await objects.untilGone(ref);
    });

    test("a CRD whose names are taken is told, and the other API goes on", async () => {
      await removeCrd(cluster(), "gizmos.bad-input.test");
      await cluster().kubectl(["create", "-f", "-"], {
        stdin: JSON.stringify(THINGS_THAT_ARE_GIZMOS),
      });
      const kubeconfig = cluster().kubeconfig("operator");
      await using ork = await OrkProcess.serve(["-f", "good.yaml", "--kubeconfig", kubeconfig], {
        cwd,
      });
      const reason = await ork.eventually("the obstacle shows", async () => {
        const { body } = await ork.view("/katalog/gizmo/health");
        return body["reason"];
      });
      expect(reason).toMatch(/^Cannot establish CRD "gizmos\.bad-input\.test": .*already in use/);
      await objects.create("Gadget", "unmoved", { spec: {} });
      await objects.untilReady("Gadget/unmoved");
      await removeCrd(cluster(), "things.bad-input.test");
      await ork.eventually("the name is free, and the API starts", async () => {
        const { body } = await ork.view("/katalog/gizmo/health");
        return body["state"] === "started";
      });
      const ends = ork.log.filter(({ message }) => message === "Goes on again");
      expect(ends).toMatchObject([{ level: "info", crd: "gizmo", after: expect.any(String) }]);
      await objects.delete("Gadget/unmoved");
      await objects.untilGone("Gadget/unmoved");
      expect(await ork.stop()).toBe(EXIT.ok);
    });
  },
});

const THINGS_THAT_ARE_GIZMOS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.bad-input.test" },
  spec: {
    group: "bad-input.test",
    scope: "Namespaced",
    names: { kind: "Gizmo", plural: "things", singular: "thing" },
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
    ],
  },
};

/** Each message on standard error with its place in front: `file:line:column message`. */
function problemsIn(stderr: string): readonly string[] {
  const pattern = /^(?:error|warning|notice): (.+)\n(?: {2}--> (\S+)\n)?/gm;
  return [...stderr.matchAll(pattern)].map(([, message, place]) =>
    place === undefined ? `${message}` : `${place} ${message}`,
  );
}

function byOperator(audit: AuditLog) {
  return audit.take().filter(({ user }) => user === "operator");
}

async function removeCrd(cluster: Cluster, name: string): Promise<void> {
  await cluster.kubectl(["delete", "crd", name, "--ignore-not-found", "--timeout=60s"]);
}

async function grantEverything(cluster: Cluster, namespace: string, name: string): Promise<void> {
  await cluster.json("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    body: {
      metadata: { name: `${namespace}-${name}` },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "cluster-admin",
      },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  });
}
