/** `kube` as a handler sees it: every method is one question to the main thread. */
import type { JsonObject } from "../std/json.ts";
import type { HookKube, KubernetesObject } from "./author.ts";
import { carriedArgument } from "./carry.ts";
import type { ErrorData, KubeAnswer, KubeRequest } from "./protocol.ts";

export function createWorkerKube(ask: (request: KubeRequest) => Promise<KubeAnswer>): HookKube {
  const answerOf = async <T>(request: KubeRequest): Promise<T> => {
    const answer = await ask(request);
    if ("error" in answer) throw requestError(answer.error);
    return answer.value as T;
  };
  return {
    async get<T extends KubernetesObject>(address: object) {
      const found = await answerOf<T | null>({ verb: "get", address: sent(address, "get") });
      return found ?? undefined;
    },
    list: async (query) => answerOf({ verb: "list", query: sent(query, "list") }),
    create: async (object) => answerOf({ verb: "create", object: sent(object, "create") }),
    apply: async (object, options = {}) =>
      answerOf({ verb: "apply", object: sent(object, "apply"), options: sent(options, "apply") }),
    patch: async (address, patch, options = {}) =>
      answerOf({
        verb: "patch",
        address: sent(address, "patch"),
        patch: carriedArgument(patch, "kube.patch()"),
        options: sent(options, "patch"),
      }),
    async delete(address, options = {}) {
      await answerOf({
        verb: "delete",
        address: sent(address, "delete"),
        options: sent(options, "delete"),
      });
    },
  };
}

/** Whether it is what the verb wants is checked where it arrives. */
function sent(value: object, verb: KubeRequest["verb"]): JsonObject {
  return carriedArgument(value, `kube.${verb}()`) as JsonObject;
}

/** With `status` and `reason` of the API server, for handlers that want to tell errors apart. */
function requestError({ name, message, kube }: ErrorData): Error {
  const error = new Error(message);
  error.name = name;
  return kube ? Object.assign(error, { kube, status: kube.status, reason: kube.reason }) : error;
}
