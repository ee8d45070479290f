/** Kubernetes quantities. */
import {
  addQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityToNumber,
} from "../../schema/quantity.ts";
import { isJsonObject, type JsonObject } from "../../std/json.ts";
import type { Arguments } from "./arguments.ts";
import { functionGroup } from "./function-group.ts";
import { textAt } from "./objects.ts";
import { describeValue } from "./value.ts";
import { containersOf } from "./workload.ts";

export const quantityFunctions = functionGroup({
  title: "Quantities",
  about:
    "Amounts as Kubernetes writes them: `500m`, `2`, `1Gi`. An absent one counts as 0; other text is an error.",
  given: {
    metadata: { name: "shop" },
    spec: { cpuLimit: "1", resources: { requests: { cpu: "250m", memory: "128Mi" } } },
  },
  rows: [
    {
      signature: "parseQuantity quantity",
      summary: "The number: cores for CPU, bytes for memory.",
      example: ['{{ parseQuantity "500m" }}', "0.5"],
      call: (args) => quantityToNumber(quantityAt(args, 0)),
    },
    {
      signature: "formatQuantity number",
      summary: "The quantity of a number, binary from 1024 on where that is exact.",
      example: ["{{ formatQuantity (div (parseQuantity .spec.cpuLimit) 4) }}", "250m"],
      call: (args) => format(args.number(0)),
    },
    {
      signature: "sumQuantity quantity quantity...",
      summary: "The exact sum, in the form of the first.",
      example: ['{{ sumQuantity "1Gi" "512Mi" }}', "1536Mi"],
      call: (args) =>
        formatQuantity(
          args.values.map((_, index) => quantityAt(args, index)).reduce(addQuantities),
        ),
    },
    {
      signature: "resourceCPU object",
      summary:
        "The CPU request: `spec.resources.requests.cpu` of the object (or of the whole context, `.`), else the sum over a workload's containers.",
      example: ["{{ resourceCPU . }}", "250m"],
      call: (args) => requestOf(args, "cpu"),
    },
    {
      signature: "resourceMemory object",
      summary: "The memory request, found in the same way.",
      example: ["{{ resourceMemory . }}", "128Mi"],
      call: (args) => requestOf(args, "memory"),
    },
  ],
});

function quantityAt(args: Arguments, index: number): Quantity {
  const text = args.text(index).trim() || "0";
  return (
    parseQuantity(text) ??
    args.fail(`${describeValue(text)} is not a quantity, expected a form such as 500m`)
  );
}

/** Whole numbers from 1024 on become binary when they are multiples of 1024, fractions milli. */
function format(number: number): string {
  if (Number.isInteger(number) && Math.abs(number) >= 1024 && number % 1024 === 0) {
    return formatQuantity({ unscaled: BigInt(number), exponent: 0, format: "binary" });
  }
  const milli = Math.ceil(Math.abs(number) * 1000 - 1e-9) * Math.sign(number);
  return formatQuantity({ unscaled: BigInt(milli), exponent: -3, format: "decimal" });
}

function requestOf(args: Arguments, resource: string): string {
  const object = args.object(0);
  const own = textAt(object, "spec", "resources", "requests", resource);
  if (own !== "") return own;
  const requests = containersOf(object)
    .filter((container): container is JsonObject => isJsonObject(container))
    .map((container) => textAt(container, "resources", "requests", resource))
    .flatMap((text) => parseQuantity(text) ?? []);
  return requests.length === 0 ? "" : formatQuantity(requests.reduce(addQuantities));
}
