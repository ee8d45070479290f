/**
 * Credentials of one import: what is sent, and the names of the variables that it came from, which
 * are all that a message may say.
 */

export interface Credentials {
  readonly type: "github" | "bearer" | "basic";
  /** Value of the `Authorization` header. */
  readonly authorization: string;
  /** Variables of the environment that it was made from. */
  readonly variables: readonly string[];
  /** What no message may hold, even where a server says it back. */
  readonly secrets: readonly string[];
}

/** Source: RFC 6750 section 2.1. GitHub takes the same. */
export function tokenCredentials(
  type: "github" | "bearer",
  token: string,
  variable: string,
): Credentials {
  return {
    type,
    authorization: `Bearer ${token}`,
    variables: [variable],
    secrets: [token],
  };
}

/** Source: RFC 7617 section 2, with UTF-8. */
export function basicCredentials(
  username: string,
  password: string,
  variables: readonly string[],
): Credentials {
  const encoded = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  return {
    type: "basic",
    authorization: `Basic ${encoded}`,
    variables,
    secrets: [password, encoded],
  };
}
