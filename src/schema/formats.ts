/**
 * The string formats that the API server checks in custom resources. Source:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation.
 * A format that is not in this table is accepted, as the server accepts names that it does not know.
 */
import { isIP, isIPv4, isIPv6 } from "node:net";

const UUID = "[0-9a-f]{8}-?[0-9a-f]{4}-?V[0-9a-f]{3}-?W[0-9a-f]{3}-?[0-9a-f]{12}";
const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const DURATION = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)\s*(?:ns|us|µs|μs|ms|s|m|h|d|w))+$/;
const DURATION_WORDS =
  /^\d+\s*(?:nanos?(?:econds?)?|micros?(?:econds?)?|millis?(?:econds?)?|sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?|wks?|hours?|ns|us|ms|[smhdw])$/;

/** Names are compared without dashes, as the server does: `date-time` is `datetime`. */
const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ["bsonobjectid", pattern(/^[0-9a-fA-F]{24}$/)],
  ["uri", isUri],
  ["email", pattern(/^[^\s@<>()[\],;:"]+@[^\s@<>()[\],;:"]+$/)],
  ["hostname", isHostname],
  ["ipv4", isIPv4],
  ["ipv6", isIPv6],
  ["cidr", isCidr],
  [
    "mac",
    pattern(
      /^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4,6}[0-9a-f]{2}$|^(?:[0-9a-f]{4}\.){2,3}[0-9a-f]{4}$/i,
    ),
  ],
  ["uuid", uuid("[0-9a-f]", "[0-9a-f]")],
  ["uuid3", uuid("3", "[0-9a-f]")],
  ["uuid4", uuid("4", "[89ab]")],
  ["uuid5", uuid("5", "[89ab]")],
  ["ssn", pattern(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/)],
  ["hexcolor", pattern(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)],
  ["byte", pattern(/^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)],
  ["date", isDate],
  ["datetime", isDateTime],
  ["duration", (text) => DURATION.test(text) || DURATION_WORDS.test(text) || text === "0"],
  ["k8sshortname", (text) => text.length <= 63 && DNS_LABEL.test(text)],
  ["k8slongname", isLongName],
]);

/** Whether `text` has the format, or the format is one that nobody checks. */
export function hasFormat(text: string, format: string): boolean {
  return FORMATS.get(format.replaceAll("-", ""))?.(text) ?? true;
}

function pattern(expression: RegExp): (text: string) => boolean {
  return (text) => expression.test(text);
}

function uuid(version: string, variant: string): (text: string) => boolean {
  return pattern(new RegExp(`^${UUID.replace("V", version).replace("W", variant)}$`, "i"));
}

/** An absolute URI or an absolute path, like a request line. */
function isUri(text: string): boolean {
  if (/[\s\p{Cc}]/u.test(text)) return false;
  return text.startsWith("/") || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text);
}

/** One label, or several of which the last is of letters; addresses are no names. */
function isHostname(text: string): boolean {
  if (/^[a-z0-9](?:-?[a-z0-9]{0,62})?$/i.test(text)) return true;
  return (
    text.length <= 255 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i.test(text)
  );
}

function isCidr(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false;
  return Number(bits) <= (family === 4 ? 32 : 128);
}

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

function isDateTime(text: string): boolean {
  const date = DATE_TIME.exec(text)?.[1];
  return date !== undefined && isDate(date) && !Number.isNaN(Date.parse(text.toUpperCase()));
}

function isLongName(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => DNS_LABEL.test(label));
}
