/** Choosing, checking and failing; types; and the functions that run other templates. */
import { TemplateError } from "../../template/error.ts";
import { goTypeName } from "../../template/go-value.ts";
import type { TemplateCalls, TemplateValue } from "../../template/template.ts";
import { asMapValue } from "../go-map.ts";
import { isEmpty, isSame, kindOf } from "./reflect.ts";
import { type HelmArguments, helmFunctions } from "./signature.ts";

export const flowFunctions = helmFunctions(
  [
    ["default fallback value...", fallback],
    ["empty value", (args) => isEmpty(args.any(0))],
    ["coalesce value...", (args) => args.rest(0).find((value) => !isEmpty(value)) ?? null],
    ["ternary then else condition", (args) => args.any(args.bool(2) ? 0 : 1)],
    ["fail message", (args) => stop(args.text(0))],
    ["required message value", required],
    ["include name value", (args) => templatesOf(args).render(args.text(0), args.any(1))],
    [
      "tpl text value",
      (args) => templatesOf(args).renderSource(args.text(0), args.any(1)).replaceAll(NO_VALUE, ""),
    ],
    // As in `helm template`: there is no cluster to look at.
    ["lookup version kind namespace name", (args) => nothingFound(args)],
    ["getHostByName name", (args) => args.text(0).slice(0, 0)],
    ["typeOf value", (args) => goTypeName(args.any(0))],
    ["typeIs type value", (args) => args.text(0) === goTypeName(args.any(1))],
    [
      "typeIsLike type value",
      (args) => [args.text(0), `*${args.text(0)}`].includes(goTypeName(args.any(1))),
    ],
    ["kindOf value", (args) => kindOf(args.any(0))],
    ["kindIs kind value", (args) => args.text(0) === kindOf(args.any(1))],
    ["deepEqual value other", (args) => isSame(args.any(0), args.any(1), args.call.meter)],
  ],
  {
    nothing: "default empty coalesce ternary required typeOf typeIs typeIsLike kindOf kindIs tpl",
    texts: "include",
  },
);

/** What Go prints for nothing; Helm takes it out of everything that it renders. */
export const NO_VALUE = "<no value>";

function fallback(args: HelmArguments): TemplateValue {
  return args.count < 2 || isEmpty(args.any(1)) ? args.any(0) : args.any(1);
}

function required(args: HelmArguments): TemplateValue {
  const value = args.any(1);
  return value === null || value === "" ? stop(args.text(0)) : value;
}

/** The chart's own words, as they are. */
function stop(message: string): never {
  throw new TemplateError("failed", message);
}

function templatesOf(args: HelmArguments): TemplateCalls {
  return args.call.templates ?? args.fail("there are no templates to run here");
}

function nothingFound(args: HelmArguments): TemplateValue {
  for (let at = 0; at < 4; at++) args.text(at);
  return asMapValue({});
}
