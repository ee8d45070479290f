/**
 * Every Katalog of `examples/`, run by the built executable on a real Kubernetes, as its readers would.
 * What all promise is in `example.ts`; here is what each of them is about. The tests of one example run in
 * order, on one process.
 */
import { expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { describeExample, describeGarbage } from "./example.ts";

describeExample(
  {
    folder: "website",
    manifest: "website.yaml",
    crds: ["website"],
    resources: {
      "Website/hello": {
        children: ["ConfigMap/hello-content", "Deployment/hello", "Service/hello", "Ingress/hello"],
        status: { phase: "Running", replicas: 2, url: "http://hello.example.com" },
      },
    },
    edits: [
      {
        child: "Deployment/hello",
        patch: { spec: { replicas: 7 } },
        look: ({ spec }) => spec.replicas,
      },
      {
        child: "ConfigMap/hello-content",
        patch: { data: { "index.html": "defaced" } },
        look: ({ data }) => data["index.html"],
      },
      {
        child: "Service/hello",
        patch: { spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 9 }] } },
        look: ({ spec }) => spec.ports[0].targetPort,
      },
    ],
  },
  {
    more(example) {
      test("labels the Website and holds it by a finalizer", async () => {
        const { metadata } = await example().objects.get("Website/hello");
        expect(metadata.labels).toMatchObject({
          tier: "free",
          "orkestra.orkspace.io/managed": "true",
        });
        expect(metadata.finalizers).toEqual(["orkestra.orkspace.io/cleanup"]);
        expect(metadata.annotations).toMatchObject({
          "orkestra.orkspace.io/managed-by": "website-operator",
        });
      });

      test("a new title changes the page and nothing else", async () => {
        const edit = { spec: { title: "Second edition" } };
        expect(await example().writesAfterEdit("Website/hello", edit)).toEqual([
          "patch configmaps hello-content",
          "patch websites/status hello",
        ]);
        const { data } = await example().objects.get("ConfigMap/hello-content");
        expect(data["index.html"]).toBe("<h1>Second edition</h1>");
      });

      test("a paid tier changes the label of the Website", async () => {
        await example().objects.patch("Website/hello", { spec: { tier: "paid" } });
        await eventually("the label says so", async () => {
          const { metadata } = await example().objects.get("Website/hello");
          return metadata.labels?.["tier"] === "paid";
        });
      });

      test("without a host it loses its Ingress and its URL, and gets both back with one", async () => {
        const without = { spec: { host: null } };
        expect(await example().writesAfterEdit("Website/hello", without)).toEqual([
          "delete ingresses hello",
          "patch websites/status hello",
        ]);
        expect((await example().objects.get("Website/hello"))["status"]).not.toHaveProperty("url");
        const again = { spec: { host: "NEW.example.com" } };
        expect(await example().writesAfterEdit("Website/hello", again)).toEqual([
          "create ingresses hello",
          "patch websites/status hello",
        ]);
        const { spec } = await example().objects.get("Ingress/hello");
        expect(spec.rules[0].host).toBe("new.example.com");
      });

      test("leaves alone what others add to its children", async () => {
        const { objects } = example();
        await objects.patch("Deployment/hello", { metadata: { annotations: { note: "mine" } } });
        await example().writesAfterEdit("Website/hello", { spec: { replicas: 3 } });
        const { metadata, spec } = await objects.get("Deployment/hello");
        expect(spec.replicas).toBe(3);
        expect(metadata.annotations?.["note"]).toBe("mine");
      });

      test("what the CRD's schema refuses never reaches it", async () => {
        const wrong = { spec: { replicas: 21 } };
        await expect(example().objects.patch("Website/hello", wrong)).rejects.toThrow(/422/);
      });
    },
  },
);

describeExample(
  {
    folder: "fleet",
    manifest: "fleet.yaml",
    crds: ["fleet"],
    resources: {
      "Fleet/shop": {
        children: [
          "ConfigMap/shop-settings",
          "Deployment/shop-eu",
          "Deployment/shop-us",
          "Ingress/shop-eu",
          "Service/shop-eu",
          "Service/shop-us",
        ],
        status: { regions: 2, readyRegions: 2, summary: "2/2 regions ready" },
      },
    },
    edits: [
      {
        child: "Deployment/shop-us",
        patch: { spec: { replicas: 5 } },
        look: ({ spec }) => spec.replicas,
      },
      {
        child: "Ingress/shop-eu",
        patch: {
          spec: { rules: null, defaultBackend: { service: { name: "x", port: { number: 1 } } } },
        },
        look: ({ spec }) => spec.rules,
      },
      {
        child: "ConfigMap/shop-settings",
        patch: { data: { "settings.json": null } },
        look: ({ data }) => data["settings.json"],
      },
    ],
  },
  {
    more(example) {
      const eu = { name: "eu", replicas: 2, public: true };
      const us = { name: "us", replicas: 1 };

      test("a region's Service reaches that region's pods alone", async () => {
        const { objects } = example();
        const pods = await objects.list("Pod");
        const { spec } = await objects.get("Service/shop-eu");
        const reached = pods.filter(({ metadata }) =>
          Object.entries(spec.selector).every(([key, value]) => metadata.labels?.[key] === value),
        );
        expect(reached.length).toBe(2);
        expect(reached.every(({ metadata }) => metadata.name.startsWith("shop-eu-"))).toBe(true);
      });

      test("a region that is taken out loses its children, the others are not touched", async () => {
        const writes = await example().writesAfterEdit("Fleet/shop", { spec: { regions: [eu] } });
        expect(writes).toEqual([
          "delete deployments shop-us",
          "delete services shop-us",
          "patch configmaps shop-settings",
          "patch fleets/status shop",
        ]);
        await example().objects.untilGone("Deployment/shop-us");
      });

      test("a region that is put in gets its children", async () => {
        const edit = { spec: { regions: [eu, us] } };
        expect(await example().writesAfterEdit("Fleet/shop", edit)).toEqual([
          "create deployments shop-us",
          "create services shop-us",
          "patch configmaps shop-settings",
          "patch fleets/status shop",
        ]);
        await eventually("the status counts it", async () => {
          const { status } = await example().objects.get("Fleet/shop");
          return status.summary === "2/2 regions ready";
        });
      });

      test("a region that is not public any more loses its Ingress", async () => {
        const edit = { spec: { regions: [{ ...eu, public: false }, us] } };
        expect(await example().writesAfterEdit("Fleet/shop", edit)).toEqual([
          "delete ingresses shop-eu",
          "patch fleets/status shop",
        ]);
        await example().writesAfterEdit("Fleet/shop", { spec: { regions: [eu, us] } });
        await example().objects.get("Ingress/shop-eu");
      });

      test("paused, every region is scaled to nothing; resumed, to what it was", async () => {
        const { objects } = example();
        const paused = await example().writesAfterEdit("Fleet/shop", { spec: { paused: true } });
        expect(paused).toEqual([
          "patch deployments shop-eu",
          "patch deployments shop-us",
          "patch fleets/status shop",
        ]);
        expect((await objects.get("Fleet/shop"))["status"].summary).toBe("paused");
        expect((await objects.get("Deployment/shop-eu"))["spec"].replicas).toBe(0);
        await objects.patch("Fleet/shop", { spec: { paused: false } });
        await eventually("all regions run again", async () => {
          const { status } = await objects.get("Fleet/shop");
          const { spec } = await objects.get("Deployment/shop-eu");
          return status.summary === "2/2 regions ready" && spec.replicas === 2;
        });
      });
    },
  },
);

describeExample(
  {
    folder: "platform",
    manifest: "resources.yaml",
    crds: ["database", "cache", "application"],
    resources: {
      "Database/orders": {
        children: ["Secret/orders-credentials", "Deployment/orders-db", "Service/orders-db"],
        status: { phase: "Available", endpoint: expect.stringMatching(/^orders-db\.\S+\.svc$/) },
      },
      "Cache/sessions": {
        children: ["Deployment/sessions-cache", "Service/sessions-cache"],
        status: { endpoint: expect.stringMatching(/^sessions-cache\.\S+\.svc:6379$/) },
      },
      "Application/orders": {
        children: [
          "ServiceAccount/orders",
          "Deployment/orders",
          "Service/orders",
          "Job/orders-migrate",
        ],
        status: { phase: "Running", migrated: true },
      },
    },
    edits: [
      {
        child: "Deployment/orders",
        patch: { spec: { template: { spec: { serviceAccountName: "somebody" } } } },
        look: ({ spec }) => spec.template.spec.serviceAccountName,
      },
    ],
  },
  {
    before(example) {
      test("the Application API waits until the Database API works", async () => {
        await example().apply(["Application", "Cache"]);
        await example().objects.untilReady("Cache/sessions");
        const { status, body } = await example().ork.view("/katalog/application/health");
        expect(status).toBe(503);
        expect(body).toMatchObject({
          state: "pending",
          reason: 'Waits until "database" is healthy',
        });
        expect(await example().objects.find("Deployment/orders")).toBeUndefined();
        await example().apply(["Database"]);
        await example().objects.untilReady("Application/orders");
        const starts = example().ork.log.filter(({ message }) => message === "Started");
        expect(starts.map(({ crd }) => crd)).toEqual(["database", "cache", "application"]);
      });
    },
    more(example) {
      test("the generated password is used, and kept whatever else changes", async () => {
        const { objects } = example();
        const password = async () =>
          (await objects.get("Secret/orders-credentials"))["data"].password;
        const first = await password();
        expect(Buffer.from(first, "base64").toString()).toMatch(/^[a-zA-Z0-9]{24}$/);
        const edit = { spec: { engine: "mysql" } };
        expect(await example().writesAfterEdit("Database/orders", edit)).toEqual([
          "patch databases/status orders",
          "patch deployments orders-db",
          "patch services orders-db",
        ]);
        expect(await password()).toBe(first);
        const { spec } = await objects.get("Deployment/orders-db");
        const [container] = spec.template.spec.containers;
        expect(container.ports[0].containerPort).toBe(3306);
        expect(container.env[0].valueFrom.secretKeyRef.name).toBe("orders-credentials");
      });

      test("a deleted Application stays until its data is exported", async () => {
        const { objects } = example();
        const { spec } = await objects.get("Application/orders");
        await objects.create("Application", "billing", { spec: { ...spec, migrate: false } });
        await objects.untilReady("Application/billing");
        expect(await objects.find("Job/billing-migrate")).toBeUndefined();
        await objects.create("ResourceQuota", "no-pods", { spec: { hard: { "count/pods": "0" } } });
        await objects.delete("Application/billing");
        const { status } = await objects.untilThere("Job/billing-export");
        expect(status).not.toHaveProperty("succeeded");
        await example().untilQuiet();
        const { metadata } = await objects.get("Application/billing");
        expect(metadata.finalizers).toContain("orkestra.orkspace.io/cleanup");
        await objects.delete("ResourceQuota/no-pods");
        await objects.untilGone("Application/billing", 60_000);
      });
    },
  },
);

describeExample(
  {
    folder: "monitoring",
    manifest: "monitor.yaml",
    crds: ["alertrule", "monitor"],
    resources: {
      "Monitor/checkout": {
        children: [
          "AlertRule/checkout-latency-p99-ms",
          "AlertRule/checkout-error-rate-percent",
          "PodDisruptionBudget/checkout",
        ],
        status: { rules: 2 },
      },
      "AlertRule/checkout-latency-p99-ms": {
        children: ["ConfigMap/rule-checkout-latency-p99-ms"],
        status: { published: true },
      },
      "AlertRule/checkout-error-rate-percent": {
        children: ["ConfigMap/rule-checkout-error-rate-percent"],
        status: { published: true },
      },
    },
    edits: [
      {
        child: "AlertRule/checkout-latency-p99-ms",
        patch: { spec: { above: 999_999 } },
        look: ({ spec }) => spec.above,
      },
      {
        child: "PodDisruptionBudget/checkout",
        patch: { spec: { minAvailable: 0 } },
        look: ({ spec }) => spec.minAvailable,
      },
    ],
  },
  {
    more(example) {
      test("an AlertRule has the Monitor's values in the types of its own schema", async () => {
        const { spec } = await example().objects.get("AlertRule/checkout-latency-p99-ms");
        expect(spec).toEqual({
          metric: "latency_p99_ms",
          above: 400,
          severity: "critical",
          labels: { service: "checkout" },
        });
      });

      test("a new threshold goes through both APIs", async () => {
        const edit = { spec: { thresholds: { latency_p99_ms: 250 } } };
        await example().objects.patch("Monitor/checkout", edit);
        await eventually("the published rule says so", async () => {
          const { data } = await example().objects.get("ConfigMap/rule-checkout-latency-p99-ms");
          return data["rule.json"] === '{"metric":"latency_p99_ms","above":250}';
        });
      });

      test("a threshold that is put in brings an AlertRule, and takes it along again", async () => {
        const { objects } = example();
        await objects.patch("Monitor/checkout", { spec: { thresholds: { saturation: 80 } } });
        await objects.untilThere("AlertRule/checkout-saturation");
        await objects.untilReady("AlertRule/checkout-saturation");
        expect((await objects.untilReady("Monitor/checkout"))["status"].rules).toBe(3);
        await objects.patch("Monitor/checkout", { spec: { thresholds: { saturation: null } } });
        await objects.untilGone("AlertRule/checkout-saturation");
        expect((await objects.untilReady("Monitor/checkout"))["status"].rules).toBe(2);
      });

      test("without an availability there is no PodDisruptionBudget", async () => {
        const edit = { spec: { availability: null } };
        expect(await example().writesAfterEdit("Monitor/checkout", edit)).toEqual([
          "delete poddisruptionbudgets checkout",
          "patch monitors/status checkout",
        ]);
        await example().writesAfterEdit("Monitor/checkout", { spec: { availability: {} } });
        const { spec } = await example().objects.get("PodDisruptionBudget/checkout");
        expect(spec.minAvailable).toBe(1);
      });
    },
  },
);

describeExample(
  {
    folder: "tenant",
    manifest: "tenant.yaml",
    crds: ["tenant"],
    resources: {
      "Tenant/rocket": {
        children: [
          "ConfigMap/welcome",
          "ServiceAccount/team-rocket",
          "Secret/registry",
          "Role/tenant-member",
          "RoleBinding/member-jessie-example-com",
          "RoleBinding/member-james-example-com",
          "ResourceQuota/plan",
          "NetworkPolicy/same-namespace-only",
        ],
        status: { phase: "Active", members: 2 },
      },
    },
    edits: [
      {
        child: "Role/tenant-member",
        patch: { rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] },
        look: ({ rules }) => rules,
      },
      {
        child: "RoleBinding/member-james-example-com",
        patch: {
          subjects: [{ kind: "User", name: "mallory", apiGroup: "rbac.authorization.k8s.io" }],
        },
        look: ({ subjects }) => subjects,
      },
      {
        child: "ResourceQuota/plan",
        patch: { spec: { hard: { pods: "9999" } } },
        look: ({ spec }) => spec.hard,
      },
      {
        child: "NetworkPolicy/same-namespace-only",
        patch: { spec: { ingress: [{}] } },
        look: ({ spec }) => spec.ingress,
      },
      {
        child: "Secret/registry",
        patch: { data: { ".dockerconfigjson": Buffer.from("{}").toString("base64") } },
        look: ({ data }) => data,
      },
    ],
  },
  {
    more(example) {
      test("a member who joins gets a RoleBinding, one who leaves loses it", async () => {
        const members = ["jessie@example.com", "meowth@example.com"];
        expect(await example().writesAfterEdit("Tenant/rocket", { spec: { members } })).toEqual([
          "create rolebindings member-meowth-example-com",
          "delete rolebindings member-james-example-com",
          "patch tenants/status rocket",
        ]);
        const before = ["jessie@example.com", "james@example.com"];
        await example().writesAfterEdit("Tenant/rocket", { spec: { members: before } });
      });

      test("a larger plan raises the quota and nothing else", async () => {
        expect(
          await example().writesAfterEdit("Tenant/rocket", { spec: { plan: "large" } }),
        ).toEqual(["patch resourcequotas plan", "patch tenants/status rocket"]);
        const { spec } = await example().objects.get("ResourceQuota/plan");
        expect(spec.hard).toEqual({ pods: "50", "requests.cpu": "8" });
      });

      test("without a registry token there is no registry Secret", async () => {
        const edit = { spec: { registryToken: null } };
        expect(await example().writesAfterEdit("Tenant/rocket", edit)).toEqual([
          "delete secrets registry",
          "patch tenants/status rocket",
        ]);
        await example().writesAfterEdit("Tenant/rocket", {
          spec: { registryToken: 'a "quoted" one' },
        });
        const { data } = await example().objects.get("Secret/registry");
        const config = JSON.parse(Buffer.from(data[".dockerconfigjson"], "base64").toString());
        expect(config.auths["registry.example.com"].password).toBe('a "quoted" one');
      });

      test("the welcome note is the team's to change: it is made once", async () => {
        const { objects } = example();
        await objects.patch("ConfigMap/welcome", { data: { README: "Ours now" } });
        await example().writesAfterEdit("Tenant/rocket", { spec: { plan: "small" } });
        expect((await objects.get("ConfigMap/welcome"))["data"].README).toBe("Ours now");
      });

      test("a team with another name gets another ServiceAccount", async () => {
        const edit = { spec: { team: "Team Magma" } };
        expect(await example().writesAfterEdit("Tenant/rocket", edit)).toEqual([
          "create serviceaccounts team-magma",
          "delete serviceaccounts team-rocket",
          "patch tenants/status rocket",
        ]);
        await example().writesAfterEdit("Tenant/rocket", { spec: { team: "Team Rocket" } });
      });
    },
  },
);

describeGarbage();
