/** Writes `docs/cli.md` from the table of commands. A test fails when the file is not current. */
import { cliDocs } from "./cli-docs.ts";

await Bun.write("docs/cli.md", cliDocs());
