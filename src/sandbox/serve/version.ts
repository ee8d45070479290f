/** Which server the sandbox says that it is: the one whose schemas it has. */
import { KUBERNETES_VERSION } from "../../schema/builtin.generated.ts";

const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(KUBERNETES_VERSION) ?? [];

export const VERSION_INFO = {
  major,
  minor,
  emulationMajor: major,
  emulationMinor: minor,
  minCompatibilityMajor: major,
  minCompatibilityMinor: String(Number(minor) - 1),
  gitVersion: `${KUBERNETES_VERSION}+orkestra-sandbox`,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: "",
} as const;
