/** Writes `src/hook/author-types.generated.ts`: the text that `ork types` writes. */
import { readFile, writeFile } from "node:fs/promises";
import { generatedModule } from "./hook-types.ts";

const source = await readFile("src/hook/author.ts", "utf8");
await writeFile("src/hook/author-types.generated.ts", generatedModule(source));
