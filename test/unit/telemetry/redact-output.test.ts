import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { redactOutput } from "../../../src/telemetry/redact-output.ts";

describe("redactOutput()", () => {
  test.each([
    ["https://me:pw@sso.io/x", "https://[redacted]@sso.io/x"],
    ["see https://sso.io/cb?code=c0de&state=1 now", "see https://sso.io/cb?[redacted] now"],
    ["Authorization: Bearer abcdefgh1", "Authorization: [redacted]"],
    ["with 'Authorization: token short' in it", "with 'Authorization: [redacted]' in it"],
    ["id_token=eyJhbGciOiJI.eyJzdWIi.c2ln", "id_token=[redacted]"],
    ['{"refresh_token": "1//0abc", "a": 1}', '{"refresh_token": [redacted], "a": 1}'],
    ["password=hunter2", "password=[redacted]"],
    ["client_secret: swordfish", "client_secret: [redacted]"],
    ["got ya29A0AfB7byCabcdefghijklm", "got [redacted]"],
    [
      "key -----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\nend",
      "key [redacted]\nend",
    ],
    ["cut -----BEGIN PRIVATE KEY-----\nMHcC", "cut [redacted]"],
  ])("hides what is secret in %p", (text, shown) => {
    expect(redactOutput(text)).toBe(shown);
  });

  test.each([
    "login expired: run sso login",
    "get-token: could not get a token: oauth2: cannot fetch token: 400 Bad Request",
    "failed to read secret: permission denied",
    "could not find credentials: please run aws sso login --profile dev",
    "The SSO session has expired, request 7f1c2b3e-0a4d-4a53-9a0f-1c2d3e4f5a6b",
    "AADSTS700082: the refresh token has expired",
    "cannot open /Users/ann/Library/Caches/tool/token.json",
    "",
  ])("leaves %p as it is", (text) => {
    expect(redactOutput(text)).toBe(text);
  });

  test("takes away control sequences, empty lines and white space around", () => {
    expect(redactOutput("\n\u001b[31mexpired\u001b[0m \r\n\r\n\u0007run: login\n\n")).toBe(
      "expired\nrun: login",
    );
  });

  test("cuts what is long", () => {
    const shown = redactOutput("no ".repeat(5_000));
    expect(shown.length).toBeLessThan(2_100);
    expect(shown).toEndWith(" …");
  });

  test("shows no value behind the name of a secret, whatever it is", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]+[0-9][A-Za-z0-9!$%_+/-]{6,30}$/), (secret) => {
        for (const text of [`password=${secret}`, `{"token":"${secret}"}`, `api_key: ${secret}`]) {
          expect(redactOutput(`it said ${text} and no more`)).not.toContain(secret);
        }
      }),
    );
  });

  test("takes hostile text in no time", () => {
    const texts = [
      "token=".repeat(50_000),
      "-----BEGIN ".repeat(20_000),
      `${"a".repeat(200_000)}:`,
    ];
    const beganMs = performance.now();
    for (const text of texts) redactOutput(text);
    expect(performance.now() - beganMs).toBeLessThan(1_000);
  });
});
