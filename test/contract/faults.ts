/**
 * What keeps imports from being read, in one table: what servers answer, what is in the way to them, what
 * references lead to nothing, and what local files are instead of a document.
 *
 * `faultsOf(kind)` is the matrix: what can befall a source of that kind, each of them once.
 */
import { ANSWERS } from "./fault-answers.ts";
import { FILES } from "./fault-files.ts";
import {
  type Fault,
  NO_CREDENTIALS,
  PIN,
  type ReferenceFault,
  type SourceKind,
  type Told,
  TWICE,
  type WayFault,
} from "./fault-kinds.ts";

/** The same for all hosts. */
const WAYS: readonly (WayFault & Told)[] = [
  {
    what: "a certificate of another authority",
    says: /: its certificate is not trusted/,
    way: { kind: "server", which: "stranger" },
  },
  {
    what: "a certificate for another name",
    says: /: its certificate is for another host name, for "another\.example\.io"/,
    way: { kind: "server", which: "misnamed" },
  },
  {
    what: "an expired certificate",
    says: /: its certificate has expired .*: it was good from 20\S+ \S+ UTC until 20/,
    way: { kind: "server", which: "expired" },
  },
  {
    what: "a certificate of tomorrow",
    says: /: its certificate is not valid yet .*: it is good from 20\S+ \S+ UTC until 20/,
    way: { kind: "server", which: "early" },
  },
  {
    what: "no TLS",
    says: /: no secure connection could be agreed on|: it does not speak TLS/,
    way: { kind: "server", which: "plain" },
  },
  {
    what: "nobody there",
    says: /: connection refused, nothing listens there/,
    way: { kind: "closed" },
  },
  {
    what: "a private address",
    says: /: its address 10\.1\.2\.3 is private/,
    way: { kind: "address", address: "10.1.2.3" },
  },
  {
    what: "a metadata service",
    says: /: its address 169\.254\.169\.254 is link-local/,
    way: { kind: "address", address: "169.254.169.254" },
  },
  {
    what: "a name that nobody knows",
    says: /: its host is not known/,
    way: { kind: "host", host: "nowhere.invalid" },
  },
  {
    what: "a name that is too long",
    says: /: its host is not known/,
    way: { kind: "host", host: `${"x".repeat(64)}.example.io` },
  },
  {
    what: "a name with an empty part",
    says: /: its host is not known/,
    way: { kind: "host", host: "a..example.io" },
  },
];

const UNSET = { auth: { type: "bearer", fromEnv: "NOBODY_SETS_THIS" } };
const NOBODY = `sha256:${"0".repeat(64)}`;

/** `base` as in the good import: `https://files.example.io/f7`, `oci://registry.example.io/f7`, … */
const REFERENCES: Readonly<
  Record<Exclude<SourceKind, "file">, readonly (ReferenceFault & Told)[]>
> = {
  http: [
    {
      what: "a pin that does not fit",
      says: PIN,
      imports: (base) => ({ files: [{ url: `${base}/katalog.yaml`, sha256: "0".repeat(64) }] }),
    },
    {
      what: "credentials that nobody set",
      says: NO_CREDENTIALS,
      imports: (base) => ({ files: [{ url: `${base}/katalog.yaml`, ...UNSET }] }),
    },
    {
      what: "an entry that an import brings, too",
      says: TWICE,
      imports: (base) => ({ files: [`${base}/good.yaml`] }),
    },
    {
      what: "a definition beside it that is not there",
      says: /none\.yaml": the server answered 404 Not Found/,
      imports: (base) => ({ files: [`${base}/lone.yaml`] }),
    },
  ],
  helm: [
    {
      what: "a chart that is not there",
      says: /: the repository has no chart "none"/,
      imports: (base) => ({ helm: [{ repo: base, chart: "none", version: "1.0.0" }] }),
    },
    {
      what: "a version that is not there",
      says: /: the chart "platform" has no version "9\.9\.9"/,
      imports: (base) => ({ helm: [{ repo: base, chart: "platform", version: "9.9.9" }] }),
    },
    {
      what: "a range that nothing is in",
      says: /: the chart "platform" has no version ">2 <3"/,
      imports: (base) => ({ helm: [{ repo: base, chart: "platform", version: ">2 <3" }] }),
    },
    {
      what: "credentials that nobody set",
      says: NO_CREDENTIALS,
      imports: (base) => ({ helm: [{ repo: base, chart: "platform", ...UNSET }] }),
    },
    {
      what: "values that it fails on",
      says: /: Cannot read what the template rendered/,
      imports: (base) => ({
        helm: [{ repo: base, chart: "platform", version: "1.0.0", values: { workers: "[" } }],
      }),
    },
  ],
  "helm-oci": [
    {
      what: "a chart that is not there",
      says: /\/none": the registry answered 404 Not Found for "1\.0\.0"/,
      imports: (base) => ({ helm: [{ repo: base, chart: "none", version: "1.0.0" }] }),
    },
    {
      what: "a version that is not there",
      says: /\/platform": the registry answered 404 Not Found for "9\.9\.9"/,
      imports: (base) => ({ helm: [{ repo: base, chart: "platform", version: "9.9.9" }] }),
    },
    {
      what: "an artifact that is no chart",
      says: /\/one": it is no chart, Chart\.yaml is missing/,
      imports: (base) => ({ helm: [{ repo: base, chart: "one", version: "1.0.0" }] }),
    },
    {
      what: "credentials that nobody set",
      says: NO_CREDENTIALS,
      imports: (base) => ({
        helm: [{ repo: base, chart: "platform", version: "1.0.0", ...UNSET }],
      }),
    },
  ],
  oci: [
    {
      what: "a tag that is not there",
      says: /: the registry answered 404 Not Found for "v9"/,
      imports: (base) => ({ registry: [`${base}/one:v9`] }),
    },
    {
      what: "a digest that is not there",
      says: /: the registry answered 404 Not Found for "sha256:0+"/,
      imports: (base) => ({ registry: [`${base}/one@${NOBODY}`] }),
    },
    {
      what: "a chart",
      says: /: there is no katalog\.yaml in it/,
      imports: (base) => ({ registry: [`${base}/platform:1.0.0`] }),
    },
    {
      what: "an artifact without a Komposer",
      says: /: there is no komposer\.yaml in it/,
      imports: (base) => ({ registry: [{ url: `${base}/one:v1`, useKomposer: true }] }),
    },
    {
      what: "credentials that nobody set",
      says: NO_CREDENTIALS,
      imports: (base) => ({ registry: [{ url: `${base}/one:v1`, ...UNSET }] }),
    },
  ],
  git: [
    {
      what: "a repository that is not there",
      says: /\/none@main": the server answered 404 Not Found/,
      imports: (base) => ({ registry: [`${base}/none@main`] }),
    },
    {
      what: "a branch that is not there",
      says: /: it has no tag, branch or commit "x"/,
      imports: (base) => ({ registry: [`${base}/patterns@x`] }),
    },
    {
      what: "a commit that is not there",
      says: /: its server refuses: is the commit there/,
      imports: (base) => ({ registry: [`${base}/patterns@${"0".repeat(39)}1`] }),
    },
    {
      what: "a Katalog that is not there",
      says: /: there is no katalog\.yaml of "none" in it/,
      imports: (base) => ({
        registry: [{ url: `${base}/patterns@main`, katalog: { none: { version: "v1" } } }],
      }),
    },
    {
      what: "credentials that nobody set",
      says: NO_CREDENTIALS,
      imports: (base) => ({ registry: [{ url: `${base}/patterns@main`, ...UNSET }] }),
    },
  ],
};

/** Everything that can befall a source of this kind. */
export function faultsOf(kind: SourceKind): readonly Fault[] {
  if (kind === "file") return FILES;
  // A document by its URL is one request.
  const answers = ANSWERS.filter(({ stage }) => kind !== "http" || stage === undefined);
  return [...answers, ...WAYS, ...REFERENCES[kind]];
}
