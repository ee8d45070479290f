import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { LoginError } from "../../../src/kube/login-error.ts";
import { oidcPlugin } from "../../../src/kube/oidc-plugin.ts";
import { failureOf } from "./harness.ts";
import {
  fixture,
  fixturePath,
  type SeenRequest,
  sendJson,
  startServer,
} from "./scripted-server.ts";

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = (claims: object) => `${base64({ alg: "RS256" })}.${base64(claims)}.c2lnbmF0dXJl`;
const PROGRAM = join(import.meta.dirname, "fixtures", "oidc-program.ts");
const ENDED = token({ exp: 1 });

/** An identity provider; `refusal` is what it answers instead of a token. */
function startProvider(refusal?: object) {
  const tls = { cert: fixture("server.crt"), key: fixture("server.key") };
  let tokens = 0;
  const answer = ({ path }: SeenRequest, url: string): object => {
    if (path.startsWith("/.well-known/")) return { issuer: url, token_endpoint: `${url}/token` };
    if (refusal) return refusal;
    const iat = Math.floor(Date.now() / 1_000);
    const claims = { iss: url, aud: "ork", sub: "ann", iat, exp: iat + 3_600, tokens: ++tokens };
    const more = { access_token: "a", token_type: "bearer", expires_in: 3_600 };
    return { ...more, id_token: token(claims), refresh_token: `refresh-${tokens}` };
  };
  const provider = startServer(async (seen, response) => {
    const isRefused = refusal !== undefined && seen.path === "/token";
    sendJson(response, answer(seen, (await provider).url), isRefused ? 400 : 200);
  }, tls);
  return provider;
}

/** In a process that trusts the authority of the provider, which is read when one starts. */
async function ask(issuer: string): Promise<unknown> {
  const program = Bun.spawn([process.execPath, PROGRAM, issuer, ENDED], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: fixturePath("ca.crt") },
  });
  return JSON.parse(await new Response(program.stdout).text());
}

describe("oidcPlugin()", () => {
  test("fetches a token when that of the kubeconfig ended, once, and another after a 401", async () => {
    await using provider = await startProvider();
    const [first, second, third] = (await ask(provider.url)) as string[];
    expect(first).toStartWith("Bearer eyJ");
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    const asked = provider.requests.filter(({ path }) => path === "/token");
    expect(asked.map(({ body }) => new URLSearchParams(body).get("refresh_token"))).toEqual([
      "refresh-0",
      "refresh-1",
    ]);
  });

  test("says why the provider gives none", async () => {
    await using provider = await startProvider({
      error: "invalid_grant",
      error_description: "the refresh token expired",
    });
    expect(await ask(provider.url)).toEqual({
      problem: `identity provider "${provider.url}" gave no token for user "ann": invalid_grant, the refresh token expired`,
      hint: "Log in again, or look at that user in the kubeconfig",
    });
  });

  test.each([
    ["no certificate authority", {}, "Log in again"],
    ["one that is not read", { "idp-certificate-authority": "ca.crt" }, "is not read"],
  ])("says so of a provider that is not trusted, with %s", async (_, more, hint) => {
    await using provider = await startProvider();
    const config = { "idp-issuer-url": provider.url, "client-id": "ork", "refresh-token": "r" };
    const plugin = await oidcPlugin({ name: "ann" }, { ...config, ...more, "id-token": ENDED });
    const error = (await failureOf(plugin(false))) as unknown as LoginError;
    expect(error.problem).toEndWith(
      "its certificate is not signed by an authority that is trusted here",
    );
    expect(error.hint).toContain(hint);
  });

  test.each([
    ["no token", {}],
    ["one that ended and nothing to renew it", { "id-token": ENDED }],
  ])("says so of a user with %s", async (_, config) => {
    const plugin = await oidcPlugin({ name: "ann" }, config);
    const error = (await failureOf(plugin(false))) as unknown as LoginError;
    expect(error.problem).toBe('user "ann" has no id-token, or nothing to renew it with');
  });
});
