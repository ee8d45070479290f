/** The tests' Kubernetes is a real one: everything that other tests rely on, shown once. */
import { expect, test } from "bun:test";
import { AuditLog, tally } from "./audit-log.ts";
import type { Cluster } from "./cluster-client.ts";
import { KUBERNETES_VERSION } from "./controlplane-build.ts";
import { describeWithCluster } from "./describe-with-cluster.ts";
import { eventually } from "./eventually.ts";

const WIDGET_CRD = {
  metadata: { name: "widgets.support.test" },
  spec: {
    group: "support.test",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
} as const;

describeWithCluster("a cluster with an API server", {
  tests(cluster) {
    test("kubectl reaches the server, and ours are both of the version that we build", async () => {
      const { clientVersion, serverVersion } = JSON.parse(
        await cluster().kubectl(["version", "-o", "json"]),
      );
      const isOurs = cluster().description.provider === "controlplane";
      const expected = isOurs ? `v${KUBERNETES_VERSION}` : expect.stringMatching(/^v1\.\d+/);
      expect(serverVersion.gitVersion).toEqual(expected);
      expect(clientVersion.gitVersion).toEqual(expected);
    });

    test("the serving certificate is really checked", async () => {
      const { server } = cluster();
      await expect(fetch(`${server}/version`)).rejects.toThrow(/certificate|self.signed/i);
    });

    test("a user without rights is told apart from nobody at all", async () => {
      const refused = await cluster().request("GET", "/api/v1/namespaces", { user: "nobody" });
      expect(refused.status).toBe(403);
      const { server, ca } = cluster();
      const headers = { Authorization: "Bearer wrong" };
      expect((await fetch(`${server}/api`, { tls: { ca }, headers })).status).toBe(401);
    });

    test("a service account has exactly the rights that were named", async () => {
      const namespace = await cluster().newNamespace();
      const kubeconfig = await cluster().serviceAccount({
        name: "reader",
        namespace,
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }],
      });
      const can = async (verb: string) => {
        const args = [`--kubeconfig=${kubeconfig}`, "auth", "can-i", verb, "configmaps"];
        return (await cluster().tryKubectl(args)).stdout.trim();
      };
      expect(await can("list")).toBe("yes");
      expect(await can("create")).toBe("no");
    });

    test("installCrd() leaves a CRD whose creates are answered at once", async () => {
      await cluster().installCrd(WIDGET_CRD);
      const namespace = await cluster().newNamespace();
      const startedMs = performance.now();
      await createWidget(cluster(), namespace, "first");
      expect(performance.now() - startedMs).toBeLessThan(1_000);
    }, 30_000);
  },
});

describeWithCluster("a cluster with controllers", {
  needs: ["controllers"],
  tests(cluster) {
    test("the child of a deleted owner is collected", async () => {
      const namespace = await cluster().newNamespace();
      const base = `/api/v1/namespaces/${namespace}/configmaps`;
      const owner = await cluster().json<Owner>("POST", base, {
        body: { metadata: { name: "owner" } },
      });
      const { name, uid } = owner.metadata;
      const reference = { apiVersion: "v1", kind: "ConfigMap", name, uid, controller: true };
      await cluster().json("POST", base, {
        body: { metadata: { name: "child", ownerReferences: [reference] } },
      });
      await cluster().kubectl(["delete", "configmap", name, "-n", namespace]);
      await eventually("the child is gone", async () => {
        return (await cluster().request("GET", `${base}/child`)).status === 404;
      });
    }, 30_000);

    test("a deleted namespace goes away", async () => {
      const namespace = await cluster().newNamespace();
      await cluster().kubectl(["delete", "namespace", namespace, "--timeout=20s"]);
      const path = `/api/v1/namespaces/${namespace}`;
      expect((await cluster().request("GET", path)).status).toBe(404);
    }, 30_000);
  },
});

describeWithCluster("a cluster with pods", {
  needs: ["pods"],
  tests(cluster) {
    test("a Deployment of three replicas becomes 3/3", async () => {
      const namespace = await cluster().newNamespace();
      const create = ["create", "deployment", "web", "--image=web:1", "--replicas=3"];
      await cluster().kubectl([...create, "-n", namespace]);
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
      await eventually("three replicas are available", async () => {
        const { status } = await cluster().json<{ status: Record<string, unknown> }>("GET", path);
        return status["availableReplicas"] === 3;
      });
    }, 30_000);

    test("a Job completes", async () => {
      const namespace = await cluster().newNamespace();
      await cluster().kubectl(["create", "job", "once", "--image=job:1", "-n", namespace]);
      const wait = ["wait", "job/once", "--for=condition=Complete", "--timeout=20s"];
      expect(await cluster().kubectl([...wait, "-n", namespace])).toContain("condition met");
    }, 30_000);
  },
});

describeWithCluster("a cluster with an audit log", {
  needs: ["audit"],
  tests(cluster) {
    test("AuditLog counts the requests of one user, each once", async () => {
      const namespace = await cluster().newNamespace();
      const log = new AuditLog(cluster().auditLogPath ?? "");
      log.take();
      const base = `/api/v1/namespaces/${namespace}/configmaps`;
      const user = "operator";
      await cluster().json("POST", base, { body: { metadata: { name: "one" } }, user });
      await cluster().json("GET", `${base}/one`, { user });
      await cluster().json("GET", `${base}/one`);
      const watch = `${base}?watch=true&timeoutSeconds=1`;
      await (await cluster().request("GET", watch, { user })).text();
      const seen: ReturnType<typeof log.take> = [];
      await eventually("three requests are in the log", () => {
        seen.push(...log.take().filter((request) => request.namespace === namespace));
        return seen.length >= 3;
      });
      expect(tally(seen)).toEqual({
        "create configmaps": 1,
        "get configmaps": 1,
        "watch configmaps": 1,
      });
      expect(new Set(seen.map((request) => request.user))).toEqual(new Set([user]));
    }, 20_000);
  },
});

interface Owner {
  readonly metadata: { readonly name: string; readonly uid: string };
}

function createWidget(cluster: Cluster, namespace: string, name: string): Promise<unknown> {
  const body = { apiVersion: "support.test/v1", kind: "Widget", metadata: { name } };
  return cluster.json("POST", `/apis/support.test/v1/namespaces/${namespace}/widgets`, { body });
}
