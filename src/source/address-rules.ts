/**
 * Which addresses an import may come from: public ones, and those that the user allows. A document
 * from elsewhere must not make this process ask a metadata service or a neighbour for it.
 *
 * Source: the special-purpose address registries of IANA (RFC 6890 and its updates).
 */
import { isIP } from "node:net";
import { invariant } from "../std/invariant.ts";
import { type CidrBlock, parseCidr } from "../std/ip.ts";

/** What an address is, when it is not public. */
export type AddressRules = (address: string) => string | undefined;

const NOT_PUBLIC: readonly (readonly [kind: string, blocks: readonly string[]])[] = [
  ["loopback", ["127.0.0.0/8", "::1/128"]],
  ["link-local", ["169.254.0.0/16", "fe80::/10"]],
  // Azure's lies among public addresses; those of Oracle and Alibaba are in the blocks below.
  ["a metadata service", ["168.63.129.16/32", "fd00:ec2::254/128"]],
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]],
  [
    "reserved",
    [
      "0.0.0.0/8",
      "192.0.0.0/24",
      "192.0.2.0/24",
      "192.88.99.0/24",
      "198.18.0.0/15",
      "198.51.100.0/24",
      "203.0.113.0/24",
      "224.0.0.0/3",
      // Each of these carries an IPv4 address that somebody else would unpack.
      "2001::/23",
      "2002::/16",
      "2001:db8::/32",
      "3fff::/20",
    ],
  ],
];

/** All of IPv6 that is given out to anybody. */
const GLOBAL_IPV6 = "2000::/3";

/** The rules with the user's own exceptions. */
export function addressRules(allowed: readonly CidrBlock[]): AddressRules {
  const refused = NOT_PUBLIC.map(([kind, blocks]) => [kind, blocks.map(blockOf)] as const);
  const global = blockOf(GLOBAL_IPV6);
  return (text) => {
    const address = unmapped(text);
    if (allowed.some((block) => block.contains(address))) return undefined;
    const found = refused.find(([, blocks]) => blocks.some((block) => block.contains(address)));
    if (found) return found[0];
    return isIP(address) === 4 || global.contains(address) ? undefined : "reserved";
  };
}

/** `10.0.0.0/8` or one address. `undefined` for anything else. */
export function parseAllowedAddress(text: string): CidrBlock | undefined {
  const version = isIP(text.trim());
  return version === 0 ? parseCidr(text) : parseCidr(`${text.trim()}/${version === 4 ? 32 : 128}`);
}

/** `::ffff:10.0.0.1`, in any spelling, is 10.0.0.1; the name of an interface is no part of it. */
function unmapped(text: string): string {
  const address = text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (isIP(address) !== 6) return address;
  const canonical = new URL(`http://[${address}]`).hostname;
  const match = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(canonical);
  if (!match) return address;
  const [high, low] = [match[1], match[2]].map((part) => Number.parseInt(part ?? "", 16));
  return [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255].join(".");
}

function blockOf(text: string): CidrBlock {
  const block = parseCidr(text);
  invariant(block, `"${text}" is a block of addresses`);
  return block;
}
