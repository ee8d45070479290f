/**
 * Credentials of one import: what is sent, and the names of the variables that it came from, which
 * are all that a message may say.
 */

export interface Credentials {
  readonly type: "github" | "bearer" | "basic" | "header";
  /** Value of the header. */
  readonly authorization: string;
  /** Name of the header in lower case; `authorization` when absent. */
  readonly header?: string;
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

/** A header of the server's own. `name` is a token of RFC 9110 section 5.6.2. */
export function headerCredentials(name: string, value: string, variable: string): Credentials {
  return {
    type: "header",
    authorization: value,
    header: name.toLowerCase(),
    variables: [variable],
    // `Token abc`: the second part is as secret as the whole.
    secrets: [value, ...value.split(/\s+/).filter((part) => part.length >= 8)],
  };
}

/** The credentials as a request takes them: they go to the origin of its URL alone. */
export function credentialsOf(credentials: Credentials | undefined): {
  readonly authorization?: string;
  readonly secretHeaders?: Readonly<Record<string, string>>;
} {
  if (!credentials) return {};
  const { header, authorization } = credentials;
  return header === undefined ? { authorization } : { secretHeaders: { [header]: authorization } };
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
    // Without its padding, too, which tells nothing.
    secrets: [password, encoded, encoded.replace(/=+$/, "")],
  };
}
