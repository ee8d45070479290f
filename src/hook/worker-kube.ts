/** `kube` as a handler sees it: every method is one question to the main thread. */
import type { Json, JsonObject } from "../std/json.ts";
import type { HookKube, KubernetesObject } from "./author.ts";
import type { ErrorData, KubeAnswer, KubeRequest } from "./protocol.ts";

export function createWorkerKube(ask: (request: KubeRequest) => Promise<KubeAnswer>): HookKube {
  const answerOf = async <T>(request: KubeRequest): Promise<T> => {
    const answer = await ask(request);
    if ("error" in answer) throw requestError(answer.error);
    return answer.value as T;
  };
  return {
    async get<T extends KubernetesObject>(address: object) {
      const found = await answerOf<T | null>({ verb: "get", address: json(address) });
      return found ?? undefined;
    },
    list: (query) => answerOf({ verb: "list", query: json(query) }),
    create: (object) => answerOf({ verb: "create", object: json(object) }),
    apply: (object, options = {}) =>
      answerOf({ verb: "apply", object: json(object), options: json(options) }),
    patch: (address, patch, options = {}) =>
      answerOf({
        verb: "patch",
        address: json(address),
        patch: patch as Json,
        options: json(options),
      }),
    async delete(address, options = {}) {
      await answerOf({ verb: "delete", address: json(address), options: json(options) });
    },
  };
}

/** It is made JSON when it is sent, and checked where it arrives. */
function json(value: object): JsonObject {
  return value as unknown as JsonObject;
}

/** With `status` and `reason` of the API server, for handlers that want to tell errors apart. */
function requestError({ name, message, kube }: ErrorData): Error {
  const error = new Error(message);
  error.name = name;
  return kube ? Object.assign(error, { kube, status: kube.status, reason: kube.reason }) : error;
}
