/** IP addresses and CIDR blocks. */
import { isIpAddress, isPrivateIpAddress, parseCidr } from "../../std/ip.ts";
import { functionGroup } from "./function-group.ts";

export const networkFunctions = functionGroup({
  title: "Network",
  about: "IPv4 and IPv6. What is no address or block answers false.",
  rows: [
    {
      signature: "cidrContains cidr address",
      summary: "Whether the address is in the block.",
      example: ['{{ cidrContains "10.0.0.0/8" "10.1.2.3" }}', "true"],
      call: (args) => parseCidr(args.text(0))?.contains(args.text(1)) ?? false,
    },
    {
      signature: "ipValid address",
      summary: "Whether the text is an IP address.",
      example: ['{{ ipValid "2001:db8::1" }}', "true"],
      call: (args) => isIpAddress(args.text(0)),
    },
    {
      signature: "ipIsPrivate address",
      summary: "Whether the address is in a private range (RFC 1918, RFC 4193).",
      example: ['{{ ipIsPrivate "8.8.8.8" }}', "false"],
      call: (args) => isPrivateIpAddress(args.text(0)),
    },
  ],
});
