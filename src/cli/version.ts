/** Version of this build, from the one place that holds it. */
import { version as packaged } from "../../package.json" with { type: "json" };

export const version: string = packaged;
