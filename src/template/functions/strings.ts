/** Text functions, in the argument order of Go's `strings` package: the text comes first. */

import { functionGroup } from "./function-group.ts";
import { camelToKebab, fitName, hostOf, slugify, truncateText } from "./naming.ts";
import { hasElement, textOf } from "./value.ts";

export const stringFunctions = functionGroup({
  title: "Strings",
  about:
    "The text comes first, as in Go's `strings` package. Numbers and booleans are taken as their text, an absent value as empty text.",
  given: { spec: { image: "gcr.io/shop/web:v2", hosts: ["a.example.com", "b.example.com"] } },
  rows: [
    {
      signature: "toLower text",
      summary: "Lower case.",
      example: ['{{ toLower "PROD" }}', "prod"],
      call: (args) => args.text(0).toLowerCase(),
    },
    {
      signature: "toUpper text",
      summary: "Upper case.",
      example: ['{{ toUpper "prod" }}', "PROD"],
      call: (args) => args.text(0).toUpperCase(),
    },
    {
      signature: "trimSpace text",
      summary: "Without white space at both ends.",
      example: ['[{{ trimSpace "  a b " }}]', "[a b]"],
      call: (args) => args.text(0).trim(),
    },
    {
      signature: "trim text [characters]",
      summary: "Without these characters (default: white space) at both ends.",
      example: ['{{ trim "/images/nginx/" "/" }}', "images/nginx"],
      call: (args) => (args.count < 2 ? args.text(0).trim() : trimSet(args.text(0), args.text(1))),
    },
    {
      signature: "trimPrefix text prefix",
      summary: "Without the prefix, if it is there.",
      example: ['{{ trimPrefix "app-frontend" "app-" }}', "frontend"],
      call: (args) => {
        const [text, prefix] = [args.text(0), args.text(1)];
        return text.startsWith(prefix) ? text.slice(prefix.length) : text;
      },
    },
    {
      signature: "trimSuffix text suffix",
      summary: "Without the suffix, if it is there.",
      example: ['{{ trimSuffix "nginx:latest" ":latest" }}', "nginx"],
      call: (args) => {
        const [text, suffix] = [args.text(0), args.text(1)];
        return suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
      },
    },
    {
      signature: "hasPrefix text prefix",
      summary: "Whether the text starts with the prefix.",
      example: ['{{ hasPrefix .spec.image "gcr.io/" }}', "true"],
      call: (args) => args.text(0).startsWith(args.text(1)),
    },
    {
      signature: "hasSuffix text suffix",
      summary: "Whether the text ends with the suffix.",
      example: ['{{ hasSuffix .spec.image ":latest" }}', "false"],
      call: (args) => args.text(0).endsWith(args.text(1)),
    },
    {
      signature: "contains text part",
      reads: "everything",
      summary: "Whether the text contains the part; a list: whether it has such an element.",
      example: ['{{ contains "production" "prod" }}', "true"],
      call: (args) => {
        if (Array.isArray(args.value(0))) return hasElement(args.list(0), args.value(1));
        return args.text(0).includes(args.text(1));
      },
    },
    {
      signature: "replace text old new",
      summary: "With every occurrence of old replaced by new.",
      example: ['{{ replace "my.app.example.com" "." "-" }}', "my-app-example-com"],
      call: (args) => {
        const parts = args.text(0).split(args.text(1));
        args.allowLength(args.text(0).length + (parts.length - 1) * args.text(2).length);
        return args.text(0).replaceAll(args.text(1), () => args.text(2));
      },
    },
    {
      signature: "split text separator",
      reads: "texts",
      summary: "The list of parts between the separators; empty text gives an empty list.",
      example: ['{{ index (split "latest,stable,v2" ",") 1 }}', "stable"],
      call: (args) => {
        const [text, separator] = [args.text(0), args.text(1)];
        if (text === "") return [];
        return separator === "" ? [...text] : text.split(separator);
      },
    },
    {
      signature: "join list separator",
      summary: "The elements as one text. The two arguments may also be given the other way round.",
      example: ['{{ join .spec.hosts ", " }}', "a.example.com, b.example.com"],
      call: (args) => {
        const [list, separator] = Array.isArray(args.value(1)) ? [1, 0] : [0, 1];
        if (typeof args.value(list) === "string") return args.text(list);
        const parts = args.list(list).map(textOf);
        const each = args.text(separator).length;
        args.allowLength(parts.reduce((length, part) => length + part.length + each, 0));
        return parts.join(args.text(separator));
      },
    },
    {
      signature: "concat [part...]",
      reads: "members",
      summary: "All parts as one text; when the first is a list, all elements as one list.",
      example: ['{{ concat "web" "-" 2 }}', "web-2"],
      call: (args) => {
        if (!Array.isArray(args.value(0))) return args.values.map((_, i) => args.text(i)).join("");
        return args.values.flatMap((_, index) => args.list(index));
      },
    },
    {
      signature: "repeat text count",
      summary: "The text, count times.",
      example: ['{{ repeat "ha" 3 }}', "hahaha"],
      call: (args) => {
        const [text, count] = [args.text(0), args.integer(1)];
        if (count < 0) args.fail(`count is ${count}, expected 0 or more`);
        args.allowLength(text.length * count);
        return text.repeat(count);
      },
    },
    {
      signature: "camelToKebab text",
      summary: "`CamelCase` as `kebab-case`; an acronym stays one word.",
      example: ['{{ camelToKebab "myHTTPServer" }}', "my-http-server"],
      call: (args) => camelToKebab(args.text(0)),
    },
    {
      signature: "truncate text length",
      summary: "At most length characters; what is cut off shows as `...` within that length.",
      example: ['{{ truncate "a long description" 9 }}', "a long..."],
      call: (args) => {
        const length = args.integer(1);
        if (length < 0) args.fail(`length is ${length}, expected 0 or more`);
        return truncateText(args.text(0), length);
      },
    },
    {
      signature: "slugify text",
      summary: "A DNS label: lower case, everything but letters and digits as single dashes.",
      example: ['{{ slugify "My Team / Platform" }}', "my-team-platform"],
      call: (args) => slugify(args.text(0)),
    },
    {
      signature: "truncateName name [length]",
      summary:
        "A name that fits: without length, 63 characters, the end of a longer one replaced by a hash of the whole, so that two long names stay two; with length, plainly cut.",
      example: ['{{ truncateName "payments-frontend" 9 }}', "payments"],
      call: (args) => {
        if (args.count < 2) return fitName(args.text(0));
        const length = args.integer(1);
        if (length < 1) args.fail(`length is ${length}, expected 1 or more`);
        return withoutEnd(args.text(0).slice(0, length));
      },
    },
    {
      signature: "domainHost url",
      summary: "The host, with its port, of a URL or of what may already be a host.",
      example: ['{{ domainHost "https://acme.example.com/" }}', "acme.example.com"],
      call: (args) => hostOf(args.text(0)),
    },
  ],
});

/** Without dashes and dots at the end. A pattern would try each run of them on the way. */
function withoutEnd(name: string): string {
  let end = name.length;
  while (end > 0 && "-.".includes(name.charAt(end - 1))) end--;
  return name.slice(0, end);
}

function trimSet(text: string, characters: string): string {
  const set = new Set(characters);
  const all = [...text];
  let [start, end] = [0, all.length];
  while (start < end && set.has(all[start] ?? "")) start++;
  while (end > start && set.has(all[end - 1] ?? "")) end--;
  return all.slice(start, end).join("");
}
