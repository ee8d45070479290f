/** `npm run check`: the inner loop. Format, lint, types, unused code, architecture, unit tests. */
import { quickSteps } from "./gates.ts";
import { close, runTogether, type Tally } from "./steps.ts";

const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
await runTogether(quickSteps, tally);
process.exit(close(tally));
