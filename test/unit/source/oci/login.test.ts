import { expect, test } from "bun:test";
import { parseChallenges } from "../../../../src/source/oci/challenge.ts";
import { isOwnRealm, isSameOwner } from "../../../../src/source/oci/realm.ts";

test.each([
  ["", []],
  ["Basic", [["basic", {}]]],
  ['Basic realm="x"', [["basic", { realm: "x" }]]],
  [
    'Bearer realm="https://a/t?x=1,2",service="r",scope="a:b:pull,push"',
    [["bearer", { realm: "https://a/t?x=1,2", service: "r", scope: "a:b:pull,push" }]],
  ],
  ["bearer realm=https://a/t , Service=r", [["bearer", { realm: "https://a/t", service: "r" }]]],
  [
    'Negotiate, Basic realm="x"',
    [
      ["negotiate", {}],
      ["basic", { realm: "x" }],
    ],
  ],
  [
    'Basic realm="a", Bearer realm="b"',
    [
      ["basic", { realm: "a" }],
      ["bearer", { realm: "b" }],
    ],
  ],
  [
    'Bearer realm="a \\"quoted\\" Basic realm=x"',
    [["bearer", { realm: 'a "quoted" Basic realm=x' }]],
  ],
  ['Bearer realm="a",realm="b"', [["bearer", { realm: "a" }]]],
] as const)("parseChallenges() reads %s", (header, expected) => {
  const found = parseChallenges(header).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);
  expect(found as unknown).toEqual(expected);
});

test("parseChallenges() takes no longer for a hostile header", () => {
  const start = performance.now();
  parseChallenges(`Bearer realm="${"\\".repeat(20_000)}`);
  parseChallenges(`Bearer ${"a=".repeat(20_000)}`);
  parseChallenges(`${"a ".repeat(20_000)}"`);
  expect(performance.now() - start).toBeLessThan(500);
});

test.each([
  ["registry-1.docker.io", "auth.docker.io"],
  ["registry.gitlab.com", "gitlab.com"],
  ["registry.example.io", "auth.example.io"],
  ["registry.example.com", "a.b.example.com"],
  ["registry.example.de", "login.example.de"],
  ["a.eu.acme.co.uk", "b.eu.acme.co.uk"],
  ["r.k8s.example.org", "t.k8s.example.org"],
])("isSameOwner() knows %s and %s as one", (left, right) => {
  expect(isSameOwner(left, right)).toBe(true);
  expect(isSameOwner(right, left)).toBe(true);
});

test.each([
  ["example.com", "example.org"],
  ["a.co.uk", "b.co.uk"],
  ["x.com", "com"],
  ["a.github.io", "b.github.io"],
  ["acme.azurecr.io", "evil.azurecr.io"],
  ["a.eu-west-1.amazonaws.com", "b.eu-west-1.amazonaws.com"],
  ["a.tokyo.jp", "b.tokyo.jp"],
  ["a.com.br", "b.com.br"],
  ["a.com.io", "b.com.io"],
  ["a.asso.fr", "b.asso.fr"],
  ["a.run.app", "b.run.app"],
  ["registry.example.io", "notexample.io"],
  ["registry.example.io", "registry.example.io.evil.test"],
  ["127.0.0.1", "127.0.0.2"],
  ["10.0.0.1", "20.0.0.1"],
  ["[::1]", "[::2]"],
  ["localhost", "otherhost"],
  ["", "x"],
])("isSameOwner() does not take %s and %s for one", (left, right) => {
  expect(isSameOwner(left, right)).toBe(false);
  expect(isSameOwner(right, left)).toBe(false);
});

test.each([
  ["https://r.example.io", "https://r.example.io/token", true],
  ["http://localhost:5000", "http://localhost:5000/token", true],
  ["https://r.example.io:5000", "https://r.example.io/token", true],
  ["https://r.example.io", "http://r.example.io/token", false],
  ["https://r.example.io", "http://auth.example.io/token", false],
  ["https://r.example.io", "https://u:p@auth.example.io/token", false],
  ["https://r.example.io", "https://auth.example.io./token", true],
])("isOwnRealm() of %s and %s is %p", (registry, realm, isOwn) => {
  expect(isOwnRealm(new URL(registry), new URL(realm))).toBe(isOwn);
});
