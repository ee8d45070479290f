/** The containers that a workload declares. */
import { isJsonObject, type JsonObject } from "../../std/json.ts";
import type { Arguments } from "./arguments.ts";
import { functionGroup } from "./function-group.ts";
import { commaText, listAt, numberAt, textAt } from "./objects.ts";
import { numberOf, textOf } from "./value.ts";
import { containersOf } from "./workload.ts";

export const containerFunctions = functionGroup({
  title: "Containers",
  // Of each object they look at a few fields.
  reads: "members",
  about:
    "They take a workload, a Pod or a CronJob. A container is chosen by its name or its index; without one it is the first.",
  given: {
    children: {
      deployment: {
        kind: "Deployment",
        spec: {
          template: {
            spec: {
              containers: [
                {
                  name: "web",
                  image: "nginx:1.27",
                  env: [{ name: "APP_ENV", value: "production" }],
                  ports: [{ name: "http", containerPort: 8080 }, { containerPort: 9090 }],
                },
                { name: "proxy", image: "envoy:1.31" },
              ],
            },
          },
        },
      },
    },
  },
  rows: [
    {
      signature: "containerCount object",
      summary: "How many containers there are.",
      example: ["{{ containerCount .children.deployment }}", "2"],
      call: (args) =>
        args.objects(0).reduce((count, object) => count + containersOf(object).length, 0),
    },
    {
      signature: "containerImage object [container]",
      summary: "The image.",
      example: ['{{ containerImage .children.deployment "proxy" }}', "envoy:1.31"],
      call: (args) => textAt(containerAt(args, 1), "image"),
    },
    {
      signature: "containerEnv object [container] variable",
      summary: "The value of an environment variable that is given as text.",
      example: ['{{ containerEnv .children.deployment "APP_ENV" }}', "production"],
      call: (args) => {
        const [container, name] = containerAndLast(args);
        return textAt(byName(listAt(container, "env"), name), "value");
      },
    },
    {
      signature: "containerPort object [container] [port]",
      summary:
        "The number of the first port, 0 when there is none. With three arguments, as in older Katalogs, whether the container has that port.",
      example: ["{{ containerPort .children.deployment }}", "8080"],
      call: (args) => {
        if (args.count === 3) return hasPort(containerAt(args, 1), args.text(2));
        return numberAt(portsOf(containerAt(args, 1))[0], "containerPort");
      },
    },
    {
      signature: "containerPorts object [container]",
      summary: "The numbers of all its ports.",
      example: ["{{ containerPorts .children.deployment }}", "8080, 9090"],
      call: (args) =>
        commaText(portsOf(containerAt(args, 1)).map((port) => textAt(port, "containerPort"))),
    },
    {
      signature: "containerPortByName object [container] name",
      summary: "The number of the named port, 0 when there is none.",
      example: ['{{ containerPortByName .children.deployment "http" }}', "8080"],
      call: (args) => {
        const [container, name] = containerAndLast(args);
        return numberAt(byName(portsOf(container), name), "containerPort");
      },
    },
    {
      signature: "hasContainerPort object [container] port",
      summary: "Whether it has the port, by number or name.",
      example: ["{{ hasContainerPort .children.deployment 9090 }}", "true"],
      call: (args) => hasPort(...containerAndLast(args)),
    },
  ],
});

function containerAt(args: Arguments, index: number): JsonObject | undefined {
  const containers = containersOf(args.object(0));
  const wanted = args.value(index);
  if (wanted === undefined || wanted === null) return containers[0];
  args.call.meter.spendOnArguments([wanted], "everything");
  const named = byName(containers, textOf(wanted));
  if (named) return named;
  const position = numberOf(wanted);
  return position === undefined ? undefined : containers[position];
}

/** For `object [container] what`: the container, and the last argument as text. */
function containerAndLast(args: Arguments): [JsonObject | undefined, string] {
  const last = args.count - 1;
  const container = args.count > 2 ? containerAt(args, 1) : containersOf(args.object(0))[0];
  return [container, args.text(last)];
}

function portsOf(container: JsonObject | undefined): readonly JsonObject[] {
  return listAt(container, "ports").filter((port) => isJsonObject(port));
}

function hasPort(container: JsonObject | undefined, wanted: string): boolean {
  return portsOf(container).some(
    (port) => textAt(port, "containerPort") === wanted || textAt(port, "name") === wanted,
  );
}

function byName(items: readonly unknown[], name: string): JsonObject | undefined {
  return items.find(
    (item): item is JsonObject => isJsonObject(item) && textAt(item, "name") === name,
  );
}
