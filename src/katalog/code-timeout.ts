/** How long code of users may take; apart from the schemas, so that `runHook` needs none of them. */

/** Of one call of a handler, and of one question to a remote, unless the Katalog says otherwise. */
export const CODE_TIMEOUT_MS = 30_000;
