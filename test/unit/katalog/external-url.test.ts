import { expect, test } from "bun:test";
import { isHostWritten, readCallUrl } from "../../../src/katalog/external-url.ts";

test.each([
  ["https://a.io/x", "https://a.io/x"],
  ["http://billing.shop.svc:8080", "http://billing.shop.svc:8080/"],
  ["http://127.0.0.1:1/", "http://127.0.0.1:1/"],
])("readCallUrl() takes %s", (text, href) => {
  expect(readCallUrl(text, false)).toMatchObject({ kind: "url", url: new URL(href) });
});

test.each([
  ["", /no URL/],
  ["ftp://a.io", /expected https/],
  ["https://me@a.io/", /a credential stands in the URL of a\.io/],
  ["http://a.io/", /--allow-http/],
])("readCallUrl() refuses %s", (text, why) => {
  const found = readCallUrl(text, false);
  expect(found.kind === "refused" && found.why).toMatch(why);
});

test("readCallUrl() takes plain http anywhere where it is allowed", () => {
  expect(readCallUrl("http://a.io/", true).kind).toBe("url");
});

test.each([
  ["https://a.io:8443/{{ .x }}", "https://a.io:8443/y", true],
  ["HTTPS://A.io/{{ .x }}", "https://a.io/y", true],
  ["https://a.io:{{ .port }}/", "https://a.io:80/", true],
  ["https://a.io{{ .x }}/", "https://a.io/", false],
  ["https://{{ .x }}/", "https://a.io/", false],
  ["{{ .x }}", "https://a.io/", false],
  ["https://{{ .x }}.a.io/", "https://b.a.io/", false],
  ["http://{{ .n }}.{{ .ns }}.svc/", "http://db.shop.svc/", true],
  ["http://{{ .n }}.{{ .ns }}.svc.cluster.local:80/x", "http://db.shop.svc.cluster.local/x", true],
  ["http://{{ .n }}.svc/", "http://evil.io/.svc/", false],
  ["http://{{ .n }}.svcs/", "http://a.svcs/", false],
  ["http://[::1]:80/{{ .x }}", "http://[::1]:80/", true],
])("isHostWritten(%s) of %s is %p", (template, url, expected) => {
  expect(isHostWritten(template, new URL(url))).toBe(expected);
});
