/** `ork rbac`: the least rights that `ork run` needs for a Katalog, as manifests. Touches no cluster. */
import type { ResolvedKatalog } from "../../katalog/resolved.ts";
import { compileProgram } from "../../reconcile/program.ts";
import { type Rights, rightsOf } from "../../reconcile/rights.ts";
import { stringifyYaml } from "../../std/yaml.ts";
import { createKatalogDialect } from "../../template/katalog-dialect.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { isOfEveryCluster, rbacManifests, type Subject } from "../rbac-manifests.ts";
import { resolveOrReport } from "../resolve-files.ts";
import type { CommandInput } from "../spec.ts";
import { UsageError } from "../usage-error.ts";

const DEFAULT_SUBJECT = "orkestra-system/orkestra";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const subject = readSubject(flags.text("service-account") ?? DEFAULT_SUBJECT);
  const resolved = await resolveOrReport(flags, io);
  if (typeof resolved === "number") return resolved;
  const { katalog } = resolved;
  const all = rightsOfKatalog(katalog);
  const name = flags.text("name") ?? `ork-${katalog.metadata.name}`;
  const manifests = rbacManifests(
    all.flatMap(({ rights }) => rights),
    { name, subject },
  );
  for (const namespace of placesOf(all, subject)) {
    io.note(`A role goes into namespace "${namespace}": it must exist before this is applied`);
  }
  for (const entry of all.flatMap(({ unknown }) => unknown)) {
    io.note(`What "${entry}" makes depends on custom resources: add rules for what it may be`);
  }
  for (const kind of new Set(all.flatMap(({ guessed }) => guessed))) {
    io.note(`The plural of "${kind}" is a guess: compare it with "kubectl api-resources"`);
  }
  if (flags.text("output") === "json") {
    io.print(JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests }, null, 2));
  } else {
    io.print(manifests.map((one) => stringifyYaml(one).trimEnd()).join("\n---\n"));
  }
  return EXIT.ok;
}

function rightsOfKatalog({ crds }: ResolvedKatalog): readonly Rights[] {
  const dialect = createKatalogDialect();
  return crds
    .filter(({ isEnabled }) => isEnabled)
    .flatMap((crd) => {
      const compiled = compileProgram(crd, dialect);
      // What does not compile was reported when it was resolved.
      return compiled.kind === "failed" ? [] : [rightsOf(compiled.program, crds)];
    });
}

/** Namespaces of the Katalog that a role goes into, but for that of the service account, which is printed. */
function placesOf(all: readonly Rights[], subject: Subject): ReadonlySet<string> {
  const places = all.flatMap(({ rights }) => rights.flatMap(({ namespace }) => namespace ?? []));
  return new Set(places.filter((place) => place !== subject.namespace && !isOfEveryCluster(place)));
}

/** A label of DNS (RFC 1123), as namespaces and most service accounts are called. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

function readSubject(text: string): Subject {
  const [namespace = "", name = "", ...rest] = text.split("/");
  if (NAME.test(namespace) && NAME.test(name) && rest.length === 0) return { namespace, name };
  throw new UsageError(
    `Option "--service-account" is "${text}", expected a namespace and a name, as in ${DEFAULT_SUBJECT}`,
  );
}
