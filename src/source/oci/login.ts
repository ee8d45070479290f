/**
 * How a registry gets to know who asks. Nothing is sent until it asks; then either the credentials
 * themselves (Basic), or a token that its realm gives for them.
 *
 * Guarantees: credentials go to the registry and to its own realm (`realm.ts`) or the one that is
 * named, and nowhere else; what a token is asked for is decided here, not by the server; a challenge
 * of another server, where a redirect led, is not answered.
 * Source: https://distribution.github.io/distribution/spec/auth/token and …/auth/oauth.
 */

import { statusFault } from "../answer-check.ts";
import type { Credentials } from "../credentials.ts";
import { basicCredentials } from "../credentials.ts";
import type { FindLogin } from "../docker-config.ts";
import { parseJsonObject } from "../json-text.ts";
import { SourceError } from "../source-error.ts";
import type { Web, WebAnswer } from "../web.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { isOwnRealm } from "./realm.ts";
import type { OciReference } from "./reference.ts";

export interface LoginOptions {
  readonly web: Web;
  /** Of the import; wins over Docker's. */
  readonly credentials?: Credentials | undefined;
  readonly findLogin?: FindLogin | undefined;
  /** URL of a token server that is trusted with the credentials beside the registry's own. */
  readonly realm?: string | undefined;
}

/** What a request carries, for the origin of the registry alone. */
export interface Authorization {
  readonly authorization?: string;
  readonly secretHeaders?: Readonly<Record<string, string>>;
}

type Who =
  | { readonly kind: "nobody" }
  | { readonly kind: "basic"; readonly authorization: string }
  | { readonly kind: "identity"; readonly token: string };

const MAX_TOKEN_BYTES = 64 * 1024;

export class RegistryLogin {
  readonly #reference: OciReference;
  readonly #options: LoginOptions;
  #current: Authorization;

  constructor(reference: OciReference, options: LoginOptions) {
    this.#reference = reference;
    this.#options = options;
    this.#current = ownAuthorization(options.credentials);
  }

  /** For the next request to the registry. */
  get authorization(): Authorization {
    return this.#current;
  }

  /** Answers a challenge for `actions` (`pull`, or `pull,push`). False: there is nothing more to try. */
  async answer({ headers, url }: WebAnswer, actions: string): Promise<boolean> {
    if (url.origin !== this.#reference.origin) return false;
    const challenges = parseChallenges(headers["www-authenticate"] ?? "");
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    const basic = challenges.find(({ scheme }) => scheme === "basic");
    if (!bearer && !basic) return false;
    const who = await this.#who();
    if (bearer) {
      this.#current = { authorization: `Bearer ${await this.#token(bearer, who, actions)}` };
      return true;
    }
    if (who.kind !== "basic" || this.#current.authorization === who.authorization) return false;
    this.#current = { authorization: who.authorization };
    return true;
  }

  async #who(): Promise<Who> {
    const { credentials, findLogin } = this.#options;
    if (credentials) return whoOf(credentials);
    const login = await findLogin?.(this.#reference.registry);
    switch (login?.kind) {
      case undefined:
        return { kind: "nobody" };
      case "password": {
        const { authorization } = basicCredentials(login.username, login.password, []);
        return { kind: "basic", authorization };
      }
      case "identity":
        return login;
      default:
        return login satisfies never;
    }
  }

  async #token({ parameters }: Challenge, who: Who, actions: string): Promise<string> {
    const { name, repository } = this.#reference;
    const realm = this.#checkedRealm(parameters.get("realm"));
    const service = parameters.get("service");
    const query = new URLSearchParams({
      ...(service !== undefined && { service }),
      scope: `repository:${repository}:${actions}`,
    });
    const shown = `token for ${name}`;
    const answer =
      who.kind === "identity"
        ? await this.#exchange(realm, { query, token: who.token, shown })
        : await this.#options.web({
            url: withQuery(realm, query),
            name: shown,
            ...(who.kind === "basic" && { authorization: who.authorization }),
            ledFrom: this.#ledFrom(),
            maxBytes: MAX_TOKEN_BYTES,
          });
    if (answer.status !== 200) throw statusFault(shown, answer, this.#hintSource());
    const { token, access_token: access } = parseJsonObject(answer.body) ?? {};
    const found = token ?? access;
    if (typeof found === "string" && /^[\x21-\x7e]+$/.test(found)) return found;
    const message = `Cannot read "${shown}": the answer of "${realm.host}" holds no token`;
    throw new SourceError("wrong-type", message, { hint: "Is that a token server at all?" });
  }

  /** Source: RFC 6749 section 6, as registries take it. */
  #exchange(
    realm: URL,
    { query, token, shown }: { query: URLSearchParams; token: string; shown: string },
  ): Promise<WebAnswer> {
    const form = new URLSearchParams(query);
    form.set("grant_type", "refresh_token");
    form.set("client_id", "orkestra");
    form.set("refresh_token", token);
    return this.#options.web({
      url: realm,
      name: shown,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new TextEncoder().encode(form.toString()),
      ledFrom: this.#ledFrom(),
      maxBytes: MAX_TOKEN_BYTES,
    });
  }

  #ledFrom() {
    const authorization = this.#options.credentials?.authorization;
    return { url: new URL(this.#reference.origin), ...(authorization && { authorization }) };
  }

  #checkedRealm(text: string | undefined): URL {
    const { name, origin } = this.#reference;
    if (text === undefined || !URL.canParse(text)) {
      const message = `Cannot read "${name}": the registry asks for a token and does not say of whom`;
      throw new SourceError("credentials", message, {
        hint: "It is set up wrong: ask who runs it",
      });
    }
    const realm = new URL(text);
    const named = this.#options.realm;
    const isNamed =
      named !== undefined && URL.canParse(named) && realm.origin === new URL(named).origin;
    if (isNamed || isOwnRealm(new URL(origin), realm)) return realm;
    const message = `Cannot read "${name}": the registry asks for a token of another server, "${realm.origin}"`;
    const hint = `If that is meant, name it: auth.realm, or --realm ${realm.origin}`;
    throw new SourceError("credentials", message, { hint });
  }

  #hintSource() {
    const { credentials } = this.#options;
    return credentials && { type: credentials.type, variables: credentials.variables };
  }
}

/** A token that the registry itself gave out, and a header of its own, need no challenge. */
function ownAuthorization(credentials: Credentials | undefined): Authorization {
  if (credentials?.type === "bearer") return { authorization: credentials.authorization };
  if (credentials?.type !== "header" || credentials.header === undefined) return {};
  return { secretHeaders: { [credentials.header]: credentials.authorization } };
}

function whoOf({ type, authorization, variables }: Credentials): Who {
  switch (type) {
    case "basic":
      return { kind: "basic", authorization };
    case "github": {
      // GitHub's registry takes its tokens as a password of whatever user.
      const token = authorization.replace(/^Bearer /, "");
      const basic = basicCredentials("orkestra", token, variables);
      return { kind: "basic", authorization: basic.authorization };
    }
    case "bearer":
    case "header":
      return { kind: "nobody" };
    default:
      return type satisfies never;
  }
}

function withQuery(realm: URL, query: URLSearchParams): URL {
  const url = new URL(realm);
  for (const [key, value] of query) url.searchParams.set(key, value);
  return url;
}
