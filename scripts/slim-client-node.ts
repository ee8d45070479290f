/**
 * Leaves the generated half of `@kubernetes/client-node` out of what we build.
 *
 * We use its exec and OpenID plugins. The latter imports one small function from `config.js`, and
 * with that file come 840 generated models, proxies and an old YAML parser: half a megabyte that
 * nothing of ours can reach, two megabytes as bytecode. Here that file is just the function.
 */
import type { BunPlugin } from "bun";

const CONFIG = /@kubernetes\/client-node\/dist\/config\.js$/;

/** As in client-node 2.0.1: the content of a file, or of base64, or nothing. */
const REACHABLE = `
import { readFileSync } from "node:fs";
export function bufferFromFileOrString(file, data) {
  if (file) return readFileSync(file);
  return data ? Buffer.from(data, "base64") : null;
}`;

export const slimClientNode: BunPlugin = {
  name: "slim-client-node",
  setup(build) {
    build.onLoad({ filter: CONFIG }, () => ({ loader: "js", contents: REACHABLE }));
  },
};
