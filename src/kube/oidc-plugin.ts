/**
 * Credentials of an OpenID Connect provider that a kubeconfig names as `auth-provider: oidc`: its token, and a new one
 * by the refresh token when that ended. The protocol is left to `@kubernetes/client-node`.
 *
 * Caveats: `idp-certificate-authority` is not read, since that client breaks off where it is set; who needs it is told.
 */
import { faultOfCode, findFaultCode, isUntrustedCertificate } from "../std/system-fault.ts";
import { redactOutput } from "../telemetry/redact-output.ts";
import type { Plugin, PluginOutput } from "./exec-plugin.ts";
import type { UserEntry } from "./kubeconfig.ts";
import { LoginError } from "./login-error.ts";

const AUTHORITY = "idp-certificate-authority";
const NO_AUTHORITY = `The "${AUTHORITY}" of the kubeconfig is not read: name its file in NODE_EXTRA_CA_CERTS, or use an exec plugin`;
const AGAIN = "Log in again, or look at that user in the kubeconfig";

/** @throws LoginError, of the plugin, when the provider gives no token. */
export async function oidcPlugin(
  user: UserEntry,
  given: Readonly<Record<string, string>>,
): Promise<Plugin> {
  const { OpenIDConnectAuth } = await import("@kubernetes/client-node/dist/oidc_auth.js");
  const auth = new OpenIDConnectAuth();
  const issuer = URL.parse(given["idp-issuer-url"] ?? "");
  const { [AUTHORITY]: file, [`${AUTHORITY}-data`]: data, ...known } = given;
  // The client that it hands the issuer to takes it as a URL only, which the types of a kubeconfig do not know.
  const config: Record<string, unknown> = { ...known, ...(issuer && { "idp-issuer-url": issuer }) };
  const entry = { name: user.name, authProvider: { name: "oidc", config } };
  /** In seconds since 1970. The instance stays: it alone holds the refresh token that the provider gave last. */
  const expireAt = (seconds: number) => Object.assign(auth, { currentTokenExpiration: seconds });
  return async (isForced) => {
    // Long past: it fetches a new token.
    if (isForced) expireAt(1);
    const before = config["id-token"];
    const output: PluginOutput = { headers: {} };
    try {
      await auth.applyAuthentication(entry as never, output as never);
    } catch (cause) {
      const title = `identity provider "${given["idp-issuer-url"]}"`;
      const problem = `${title} gave no token for user "${user.name}"${reasonOf(cause)}`;
      const isUntrusted = isUntrustedCertificate(findFaultCode(cause) ?? "");
      throw new LoginError(problem, { hint: isUntrusted && (file ?? data) ? NO_AUTHORITY : AGAIN });
    }
    if (output.headers["Authorization"] === undefined) {
      const problem = `user "${user.name}" has no id-token, or nothing to renew it with`;
      throw new LoginError(problem, { hint: AGAIN });
    }
    const token = config["id-token"];
    // It takes how long a new token is good for the time at which it ends.
    if (token !== before) expireAt(OpenIDConnectAuth.expirationFromToken(String(token)));
    return output;
  };
}

/** What the provider, or the way to it, answered: libraries put whole answers into their errors. */
function reasonOf(cause: unknown): string {
  const words = faultOfCode(findFaultCode(cause) ?? "")?.words;
  if (words !== undefined) return `: ${words}`;
  if (!(cause instanceof Error)) return "";
  // The fields of an answer by RFC 6749, section 5.2.
  const { error, error_description: said } = cause as {
    readonly error?: unknown;
    readonly error_description?: unknown;
  };
  const answer = [error, said].filter((part) => typeof part === "string").join(", ");
  const shown = redactOutput(answer || cause.message).replaceAll("\n", " ");
  return shown === "" ? "" : `: ${shown}`;
}
