import { expect, test } from "bun:test";
import { hasFixedOrigin, readEndpoint } from "../../../src/katalog/remote-endpoint.ts";

test.each([
  ["https://example.com/a?b=c", "https://example.com/a"],
  ["http://pricing/a", "http://pricing/a"],
  ["http://pricing.shop.svc:8080/", "http://pricing.shop.svc:8080/"],
  ["http://pricing.shop.svc.cluster.local/", "http://pricing.shop.svc.cluster.local/"],
  ["http://localhost:1/", "http://localhost:1/"],
  ["http://127.0.0.1:1/", "http://127.0.0.1:1/"],
  ["http://[::1]:1/", "http://[::1]:1/"],
])("readEndpoint() allows %s", (text, title) => {
  expect(readEndpoint(text)).toMatchObject({ kind: "url", title });
});

test.each([
  ["", "its endpoint is no URL"],
  ["pricing/a", "its endpoint is no URL"],
  ["http://example.com/?token=s3cret", "leaves the cluster without encryption"],
  ["http://10.0.0.1/", "leaves the cluster without encryption"],
  ["http://2130706434.example.com/", "leaves the cluster without encryption"],
  ["http://169.254.169.254/latest", "leaves the cluster without encryption"],
  ["http://0xa9fea9fe/latest", "leaves the cluster without encryption"],
  ["http://svc.example.com/", "leaves the cluster without encryption"],
  ["file:///etc/passwd", "is not https"],
  ["https://me:s3cret@example.com/", "a credential stands in the URL"],
])("readEndpoint() refuses %s", (text, why) => {
  const found = readEndpoint(text);
  expect(found).toMatchObject({ kind: "refused", why: expect.stringContaining(why) });
  expect(JSON.stringify(found)).not.toContain("s3cret");
});

test.each([
  ["https://example.com/{{ .spec.a }}", true],
  ["http://pricing.shop.svc:80?x={{ .spec.a }}", true],
  ["https://example.com", true],
  ["https://example.com{{ .spec.a }}", false],
  ["https://{{ .spec.host }}/a", false],
  ["https://me@{{ .spec.host }}/a", false],
  ["{{ .spec.url }}", false],
])("hasFixedOrigin() of %s is %p", (template, expected) => {
  expect(hasFixedOrigin(template)).toBe(expected);
});
