import { expect, test } from "bun:test";
import { isIpAddress, isPrivateIpAddress, parseCidr } from "../../../src/std/ip.ts";

test.each([
  ["10.0.0.0/8", "10.255.255.255", true],
  ["10.0.0.0/8", "11.0.0.0", false],
  ["10.1.2.3/8", "10.9.9.9", true],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["2001:db8::/32", "2001:db8:1::1", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["10.0.0.0/8", "::ffff:10.0.0.1", true],
  ["10.0.0.0/8", "nonsense", false],
])("parseCidr(%j) contains %s: %p", (block, address, isInside) => {
  expect(parseCidr(block)?.contains(address)).toBe(isInside);
});

test.each(["10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0/8", "a/8", ""])(
  "parseCidr(%j) is no block",
  (text) => {
    expect(parseCidr(text)).toBeUndefined();
  },
);

test.each([
  ["10.0.0.1", true, true],
  ["172.31.255.255", true, true],
  ["192.169.0.1", true, false],
  ["fd12:3456::1", true, true],
  ["fe80::1", true, false],
  ["10.0.0", false, false],
])("%s is an address: %p, a private one: %p", (text, isAddress, isPrivate) => {
  expect(isIpAddress(text)).toBe(isAddress);
  expect(isPrivateIpAddress(text)).toBe(isPrivate);
});
