/** `npm run bench`: measures `dist/ork` against the bars of the project; see `test/bench/bench.ts`. */
import { runBench } from "../test/bench/bench.ts";

process.exit(await runBench(process.argv.slice(2)));
