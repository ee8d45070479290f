/** IP addresses and CIDR blocks, IPv4 and IPv6, over the parser of `node:net`. */
import { BlockList, isIP } from "node:net";

export interface CidrBlock {
  /** False for text that is no address. An IPv4 address inside IPv6 (`::ffff:10.0.0.1`) counts as IPv4. */
  contains(address: string): boolean;
}

/** `undefined` when `text` is not an address with a prefix length, as in `10.0.0.0/8`. */
export function parseCidr(text: string): CidrBlock | undefined {
  const match = /^([^/\s]+)\/(\d{1,3})$/.exec(text.trim());
  const family = familyOf(match?.[1] ?? "");
  if (!match || !family) return undefined;
  const prefix = Number(match[2]);
  if (prefix > (family === "ipv6" ? 128 : 32)) return undefined;
  const blocks = new BlockList();
  blocks.addSubnet(match[1] ?? "", prefix, family);
  return {
    contains(address) {
      const addressFamily = familyOf(address);
      return addressFamily !== undefined && blocks.check(address, addressFamily);
    },
  };
}

export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0;
}

const PRIVATE_BLOCKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/** In the ranges of RFC 1918 (IPv4) or RFC 4193 (IPv6). */
export function isPrivateIpAddress(text: string): boolean {
  return PRIVATE_BLOCKS.some((block) => parseCidr(block)?.contains(text) ?? false);
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 6 ? "ipv6" : "ipv4";
}
