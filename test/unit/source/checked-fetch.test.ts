import { expect, test } from "bun:test";
import { createCheckedFetch, type Reach } from "../../../src/source/checked-fetch.ts";
import { parseCidr } from "../../../src/std/ip.ts";

/** Nothing is asked: each of them is refused before. */
function fetchOf(url: string, { reach, found = [] }: { reach: Reach; found?: string[] }) {
  const fetch = createCheckedFetch({
    resolveHost: async () => found.map((address) => ({ address })),
  });
  const { signal } = new AbortController();
  return fetch(new URL(url), { method: "GET", headers: {}, reach, signal });
}

test.each<[string, Reach, string]>([
  ["http://10.1.2.3/", "public", "its address 10.1.2.3 is private"],
  ["http://127.0.0.1/", "public", "its address 127.0.0.1 is loopback"],
  ["http://[::1]/", "public", "its address ::1 is loopback"],
  ["http://169.254.169.254/", "public", "is link-local"],
  ["http://169.254.169.254/", "inside", "is link-local"],
  ["http://168.63.129.16/", "inside", "is a metadata service"],
  ["http://0.0.0.0/", "inside", "is reserved"],
])("a call to %s that is %s is refused", async (url, reach, why) => {
  await expect(fetchOf(url, { reach })).rejects.toThrow(why);
});

test("a name is judged by all of its addresses", async () => {
  const found = ["10.0.0.1", "192.168.0.1"];
  await expect(fetchOf("http://a.io/", { reach: "public", found })).rejects.toThrow(
    "its address 10.0.0.1 is private; write the host, or the end .svc of it, in the Katalog, or allow it with --allow-address 10.0.0.1",
  );
  await expect(fetchOf("http://a.io/", { reach: "public" })).rejects.toMatchObject({
    code: "ENODATA",
  });
});

test("what the user allows is not refused", async () => {
  const block = parseCidr("169.254.0.0/16")!;
  const fetch = createCheckedFetch({ allowedAddresses: [block] });
  const controller = new AbortController();
  controller.abort(new Error("far enough"));
  const request = {
    method: "GET",
    headers: {},
    reach: "public",
    signal: controller.signal,
  } as const;
  // The next thing would be to connect.
  await expect(fetch(new URL("http://169.254.0.1/"), request)).rejects.toThrow("aborted");
});
