/** Services: their addresses, and whether anything answers behind them. */
import type { Json, JsonObject } from "../../std/json.ts";
import type { Arguments } from "./arguments.ts";
import { functionGroup } from "./function-group.ts";
import { commaText, listAt, numberAt, textAt } from "./objects.ts";

export const serviceFunctions = functionGroup({
  title: "Services",
  // Of each object they look at a few fields.
  reads: "members",
  about:
    "They take a Service (the first of several). Its endpoints are attached by `enrich: [endpoints]`.",
  given: {
    children: {
      service: {
        kind: "Service",
        spec: { clusterIP: "10.96.0.1", ports: [{ port: 80, nodePort: 31234 }] },
        status: { loadBalancer: { ingress: [{ ip: "34.1.2.3", hostname: "lb.example.com" }] } },
        _endpoints: [
          { ip: "10.0.0.1", port: 8080, ready: true },
          { ip: "10.0.0.2", port: 8080, ready: false },
        ],
      },
    },
  },
  rows: [
    {
      signature: "serviceClusterIP service",
      summary: "The address inside the cluster.",
      example: ["{{ serviceClusterIP .children.service }}", "10.96.0.1"],
      call: (args) => textAt(args.object(0), "spec", "clusterIP"),
    },
    {
      signature: "serviceNodePort service",
      summary: "The node port of the first port, 0 when there is none.",
      example: ["{{ serviceNodePort .children.service }}", "31234"],
      call: (args) => numberAt(args.object(0), "spec", "ports", 0, "nodePort"),
    },
    {
      signature: "serviceLoadBalancerIP service",
      summary: "The address of the load balancer, empty until there is one.",
      example: ["{{ serviceLoadBalancerIP .children.service }}", "34.1.2.3"],
      call: (args) => textAt(args.object(0), "status", "loadBalancer", "ingress", 0, "ip"),
    },
    {
      signature: "serviceLoadBalancerHost service",
      summary: "The host name of the load balancer, empty until there is one.",
      example: ["{{ serviceLoadBalancerHost .children.service }}", "lb.example.com"],
      call: (args) => textAt(args.object(0), "status", "loadBalancer", "ingress", 0, "hostname"),
    },
    {
      signature: "endpointsReady service",
      summary: "Whether an endpoint is ready; also of an Endpoints or EndpointSlice object.",
      example: ["{{ endpointsReady .children.service }}", "true"],
      needs: "endpoints",
      call: (args) => args.objects(0).some(hasReadyEndpoint),
    },
    {
      signature: "hasEndpoints service",
      summary: "The same as `endpointsReady`.",
      example: ["{{ hasEndpoints .children.service }}", "true"],
      needs: "endpoints",
      call: (args) => args.objects(0).some(hasReadyEndpoint),
    },
    {
      signature: "serviceEndpointCount service",
      summary: "How many endpoints there are, ready or not.",
      example: ["{{ serviceEndpointCount .children.service }}", "2"],
      needs: "endpoints",
      call: (args) => endpointsOf(args).length,
    },
    {
      signature: "serviceEndpoints service",
      summary: "All endpoints as `ip:port`.",
      example: ["{{ serviceEndpoints .children.service }}", "10.0.0.1:8080, 10.0.0.2:8080"],
      needs: "endpoints",
      call: (args) => commaText(endpointsOf(args).map(endpointText)),
    },
    {
      signature: "serviceFirstEndpoint service",
      summary: "The first endpoint as `ip:port`.",
      example: ["{{ serviceFirstEndpoint .children.service }}", "10.0.0.1:8080"],
      needs: "endpoints",
      call: (args) => endpointsOf(args).map(endpointText)[0] ?? "",
    },
  ],
});

function endpointsOf(args: Arguments): readonly Json[] {
  return args.objects(0).flatMap((object) => listAt(object, "_endpoints"));
}

function endpointText(endpoint: Json): string {
  const [ip, port] = [textAt(endpoint, "ip"), textAt(endpoint, "port")];
  const host = ip.includes(":") ? `[${ip}]` : ip;
  return port === "" || ip === "" ? host : `${host}:${port}`;
}

function hasReadyEndpoint(object: JsonObject): boolean {
  return (
    listAt(object, "_endpoints").some((entry) => textAt(entry, "ready") === "true") ||
    listAt(object, "subsets").some((subset) => listAt(subset, "addresses").length > 0) ||
    // An EndpointSlice that does not say means ready (discovery.k8s.io/v1, EndpointConditions).
    listAt(object, "endpoints").some((entry) => textAt(entry, "conditions", "ready") !== "false")
  );
}
