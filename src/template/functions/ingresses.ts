/** Ingresses: where they lead and where they can be reached. */
import { functionGroup } from "./function-group.ts";
import { commaText, isEvery, listAt, textAt } from "./objects.ts";
import { textOf } from "./value.ts";

const ADDRESSES = ["status", "loadBalancer", "ingress"];

export const ingressFunctions = functionGroup({
  title: "Ingresses",
  // Of each object they look at a few fields.
  reads: "members",
  about:
    "They take an Ingress (the first of several). Lists are given as text, separated by commas.",
  given: {
    children: {
      ingress: {
        kind: "Ingress",
        spec: {
          ingressClassName: "nginx",
          rules: [{ host: "api.example.com" }, { host: "www.example.com" }],
          tls: [{ hosts: ["api.example.com"], secretName: "api-tls" }],
        },
        status: { loadBalancer: { ingress: [{ ip: "34.1.2.3" }] } },
      },
    },
  },
  rows: [
    {
      signature: "ingressReady ingress",
      summary: "Whether it has an address or host name to be reached at.",
      example: ["{{ ingressReady .children.ingress }}", "true"],
      call: (args) =>
        isEvery(args.objects(0), (ingress) =>
          listAt(ingress, ...ADDRESSES).some(
            (entry) => textAt(entry, "ip") !== "" || textAt(entry, "hostname") !== "",
          ),
        ),
    },
    {
      signature: "ingressHost ingress",
      summary: "The host name it can be reached at.",
      example: ["{{ ingressHost .children.ingress }}", ""],
      call: (args) => textAt(args.object(0), ...ADDRESSES, 0, "hostname"),
    },
    {
      signature: "ingressIP ingress",
      summary: "The address it can be reached at.",
      example: ["{{ ingressIP .children.ingress }}", "34.1.2.3"],
      call: (args) => textAt(args.object(0), ...ADDRESSES, 0, "ip"),
    },
    {
      signature: "ingressClassName ingress",
      summary: "The name of its class.",
      example: ["{{ ingressClassName .children.ingress }}", "nginx"],
      call: (args) => textAt(args.object(0), "spec", "ingressClassName"),
    },
    {
      signature: "ingressRules ingress",
      summary: "The hosts of its rules.",
      example: ["{{ ingressRules .children.ingress }}", "api.example.com, www.example.com"],
      call: (args) =>
        commaText(listAt(args.object(0), "spec", "rules").map((rule) => textAt(rule, "host"))),
    },
    {
      signature: "ingressTLSHosts ingress",
      summary: "The hosts of its TLS entries.",
      example: ["{{ ingressTLSHosts .children.ingress }}", "api.example.com"],
      call: (args) =>
        commaText(
          listAt(args.object(0), "spec", "tls").flatMap((entry) =>
            listAt(entry, "hosts").map(textOf),
          ),
        ),
    },
  ],
});
