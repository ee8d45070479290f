import { expect, test } from "bun:test";
import { localTimeZone } from "../../../src/cli/local-time-zone.ts";

const askIntl = () => "Intl/Zone";

test.each([
  ["/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"],
  ["../usr/share/zoneinfo/Etc/UTC", "UTC"],
  ["/usr/share/zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"],
  ["/var/db/timezone/zoneinfo/America/Argentina/Salta", "America/Argentina/Salta"],
  ["/somewhere/else", "Intl/Zone"],
])("localTimeZone() reads the link to %s as %s", (target, zone) => {
  expect(localTimeZone({ env: undefined, readLink: () => target, askIntl })).toBe(zone);
});

test("localTimeZone() prefers the environment", () => {
  const readLink = () => {
    throw new Error("not asked");
  };
  expect(localTimeZone({ env: "Europe/Paris", readLink, askIntl })).toBe("Europe/Paris");
});

test("localTimeZone() asks the runtime where there is no link", () => {
  const readLink = () => {
    throw Object.assign(new Error("no link"), { code: "EINVAL" });
  };
  expect(localTimeZone({ env: "", readLink, askIntl })).toBe("Intl/Zone");
});

test("localTimeZone() agrees with the runtime on this machine", () => {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  // The test runner may set a zone of its own in the environment, which only the runtime reads.
  if (process.env["TZ"] === undefined) expect(localTimeZone({ env: undefined })).toBe(timeZone);
  else expect(localTimeZone({ env: process.env["TZ"] })).toBe(process.env["TZ"]);
});
