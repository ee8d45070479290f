import { expect, test } from "bun:test";
import { addressRules, parseAllowedAddress } from "../../../src/source/address-rules.ts";

const rules = addressRules([]);

test.each([
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["0:0:0:0:0:ffff:7f00:1", "loopback"],
  ["169.254.169.254", "link-local"],
  ["::ffff:a9fe:a9fe", "link-local"],
  ["fe80::1%eth0", "link-local"],
  ["168.63.129.16", "a metadata service"],
  ["fd00:ec2::254", "a metadata service"],
  ["10.0.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["100.100.100.200", "private"],
  ["fd12:3456::1", "private"],
  ["0.0.0.0", "reserved"],
  ["192.0.0.192", "reserved"],
  ["224.0.0.1", "reserved"],
  ["255.255.255.255", "reserved"],
  ["::", "reserved"],
  ["::127.0.0.1", "reserved"],
  ["64:ff9b::a00:1", "reserved"],
  ["2002:a00:1::", "reserved"],
  ["2001:0:1::", "reserved"],
  ["ff02::1", "reserved"],
  ["fec0::1", "reserved"],
])("addressRules() refuses %s as %s", (address, kind) => {
  expect(rules(address)).toBe(kind);
});

test.each([
  "8.8.8.8",
  "140.82.121.3",
  "172.32.0.1",
  "::ffff:8.8.8.8",
  "2606:50c0:8000::154",
  "2001:4860::1",
])("addressRules() lets %s pass", (address) => {
  expect(rules(address)).toBeUndefined();
});

test.each([
  ["10.0.0.0/8", "10.1.2.3"],
  ["10.1.2.3", "10.1.2.3"],
  ["10.1.2.3", "::ffff:10.1.2.3"],
  ["fd00::/8", "fd12::1"],
  ["::1", "::1"],
])("an allow-list of %s opens %s", (allowed, address) => {
  const block = parseAllowedAddress(allowed);
  if (!block) throw new Error("no block");
  expect(addressRules([block])(address)).toBeUndefined();
  expect(addressRules([block])("192.168.0.1")).toBe("private");
});

test.each(["", "example.com", "10.0.0.0/33", "10.0.0/8", "1"])(
  "parseAllowedAddress() refuses %p",
  (text) => {
    expect(parseAllowedAddress(text)).toBeUndefined();
  },
);
