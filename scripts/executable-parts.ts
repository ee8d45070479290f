/**
 * Which parts of the executable get bytecode beside their source.
 *
 * Bytecode makes code start at once, and is four times as large as the source that it stands for. So
 * it is for what the quick commands load: the command line and the commands of `QUICK`, with all
 * that they import at the top of a file. Everything behind another `import()` is plain source, which
 * costs about 10 ms for each 100 KB of it, once, where it is first needed.
 */

/** The commands that a person waits for, and `main.ts` itself. */
const QUICK = [
  "src/main.ts",
  "src/cli/process.ts",
  "src/cli/commands/version.ts",
  "src/cli/commands/validate.ts",
];

export interface Parts {
  /** File names; the first one is the program's entry. */
  readonly compiled: readonly string[];
  readonly plain: readonly string[];
  /** Kilobytes of source in each of the two. */
  readonly compiledKb: number;
  readonly plainKb: number;
}

/** The parts that a build with `splitting` and `metafile` came to, by where they are needed. */
export function partsOf(output: Bun.BuildOutput): Parts {
  const all = new Map(
    Object.entries(output.metafile?.outputs ?? {}).map(([path, part]) => [fileName(path), part]),
  );
  const compiled = new Set<string>();
  for (const source of QUICK) {
    const start = [...all].find(([, { entryPoint }]) => entryPoint?.endsWith(source));
    if (start === undefined) throw new Error(`Cannot find the part of "${source}" in the build`);
    follow(start[0]);
  }
  const plain = [...all.keys()].filter((name) => !compiled.has(name));
  return { compiled: [...compiled], plain, compiledKb: kb(compiled), plainKb: kb(plain) };

  function follow(name: string): void {
    const part = all.get(name);
    if (part === undefined || compiled.has(name)) return;
    compiled.add(name);
    for (const { path, kind } of part.imports) {
      if (kind === "import-statement") follow(fileName(path));
    }
  }

  function kb(names: Iterable<string>): number {
    let bytes = 0;
    for (const name of names) bytes += all.get(name)?.bytes ?? 0;
    return Math.round(bytes / 1000);
  }
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
