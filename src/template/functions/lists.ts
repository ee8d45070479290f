/** Lists and maps. */
import type { JsonObject } from "../../std/json.ts";
import type { Arguments } from "./arguments.ts";
import { functionGroup } from "./function-group.ts";
import { hasElement, ownValue, textOf } from "./value.ts";

export const listFunctions = functionGroup({
  title: "Lists and maps",
  about:
    "An absent list or map counts as an empty one. Maps are always walked in the order of their keys.",
  given: {
    metadata: { labels: { tier: "web", app: "shop" } },
    spec: { regions: ["eu-west-1", "us-east-1"] },
  },
  rows: [
    {
      signature: "listHas list value",
      summary: 'Whether the list has the value; `3` and `"3"` count as the same.',
      example: ['{{ listHas .spec.regions "us-east-1" }}', "true"],
      call: (args) => hasElement(args.list(0), args.value(1)),
    },
    {
      signature: "listGet list index",
      reads: "nothing",
      summary: "The element at the index, counted from 0; nothing when there is none.",
      example: ["{{ listGet .spec.regions 0 }}", "eu-west-1"],
      call: (args) => args.list(0)[args.integer(1)],
    },
    {
      signature: "listLen list",
      reads: "nothing",
      summary: "The number of elements.",
      example: ["{{ listLen .spec.regions }}", "2"],
      call: (args) => args.list(0).length,
    },
    {
      signature: "mapGet map key",
      reads: "nothing",
      summary: "The value of the key; nothing when there is none.",
      example: ['{{ mapGet .metadata.labels "app" }}', "shop"],
      call: (args) => ownValue(args.map(0), args.text(1)),
    },
    {
      signature: "mapKeys map",
      reads: "members",
      summary: "The keys, sorted.",
      example: ['{{ join (mapKeys .metadata.labels) "," }}', "app,tier"],
      call: (args) => Object.keys(args.map(0)).sort(),
    },
    {
      signature: "mapValues map",
      reads: "members",
      summary: "The values, in the order of their keys.",
      example: ['{{ join (mapValues .metadata.labels) "," }}', "shop,web"],
      call: (args) => {
        const map = args.map(0);
        return Object.keys(map)
          .sort()
          .map((key) => map[key] ?? null);
      },
    },
    {
      signature: "mapPick map [key...]",
      reads: "members",
      summary: "The map with only these keys (texts or lists of them).",
      example: ['{{ toJson (mapPick .metadata.labels "app") }}', '{"app":"shop"}'],
      call: (args) => {
        const keys = keysFrom(args);
        return filterKeys(args.map(0), (key) => keys.has(key));
      },
    },
    {
      signature: "mapOmit map [key...]",
      reads: "members",
      summary: "The map without these keys (texts or lists of them).",
      example: ['{{ toJson (mapOmit .metadata.labels "app") }}', '{"tier":"web"}'],
      call: (args) => {
        const keys = keysFrom(args);
        return filterKeys(args.map(0), (key) => !keys.has(key));
      },
    },
  ],
});

function keysFrom(args: Arguments): ReadonlySet<string> {
  const keys = args.values.slice(1);
  args.call.meter.spendOnArguments(keys, "everything");
  return new Set(keys.flat().map(textOf));
}

function filterKeys(map: JsonObject, isWanted: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(map).filter(([key]) => isWanted(key)));
}
