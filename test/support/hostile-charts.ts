/** Charts that are made to hurt whoever unpacks them: archives in archives, and what is called a chart. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type RawEntry, rawTar } from "./raw-tar.ts";

const MIB = 1024 * 1024;
const CHART = Buffer.from("apiVersion: v2\nname: web\nversion: 1.0.0\n");

const file = (name: string, body: Uint8Array = CHART): RawEntry => ({ name, body });
const packed = (...entries: readonly RawEntry[]) => gzipSync(rawTar(entries));

/** A chart with these files beside its `Chart.yaml`. */
const chart = (...entries: readonly RawEntry[]) => packed(file("web/Chart.yaml"), ...entries);

/** As many bytes again as zeros, which any archive takes for nothing. */
const zeros = (folder: string, files: number) => {
  const body = new Uint8Array(5 * MIB);
  return Array.from({ length: files }, (_, index) => file(`${folder}/z${index}`, body));
};

/** Unpacks to 91 MiB; not more than a hundred times its size, since it is padded with what is not packed. */
function swollen(): Uint8Array {
  const padding = gzipSync(rawTar([file("web/p", new Uint8Array(MIB))], { isEnded: false }), {
    level: 0,
  });
  const rest = gzipSync(rawTar([file("web/Chart.yaml"), ...zeros("web", 18)]));
  return Buffer.concat([padding, rest]);
}

/** Charts in `charts/`, packed. */
function holding(count: number, inner: (index: number) => Uint8Array): Uint8Array {
  const charts = Array.from({ length: count }, (_, index) =>
    file(`web/charts/c${index}.tgz`, inner(index)),
  );
  // Noise, so that the whole of it is not packed too well to be believed.
  return chart(file("web/noise", randomBytes(2 * MIB)), ...charts);
}

const holdingOne = (count: number, inner: Uint8Array) => holding(count, () => inner);

/** With a `Chart.yaml` of so many bytes in each. */
function verbose(count: number, bytes: number): Uint8Array {
  const long = Buffer.from(`${CHART}annotations:\n${"  a: b\n".repeat(bytes / 7)}`);
  return holdingOne(count, packed(file("web/Chart.yaml", long)));
}

function nested(levels: number): Uint8Array {
  let inner: Uint8Array = chart();
  for (let level = 0; level < levels; level++) inner = chart(file("web/charts/web.tgz", inner));
  return inner;
}

const empty = (count: number) =>
  Array.from({ length: count }, (_, index) => file(`web/e${index}`, new Uint8Array()));

const dependencies = (count: number) =>
  Buffer.from(
    `${CHART}dependencies:\n${Array.from({ length: count }, (_, i) => `- {name: d${i}, version: "1", repository: "https://nowhere.invalid"}\n`).join("")}`,
  );

export const HOSTILE_CHARTS: readonly (readonly [what: string, make: () => Uint8Array])[] = [
  ["no Chart.yaml", () => packed(file("web/values.yaml"))],
  ["two charts beside each other", () => packed(file("a/Chart.yaml"), file("b/Chart.yaml"))],
  ["a Chart.yaml at the root", () => packed(file("Chart.yaml"))],
  ["70 charts that unpack to 91 MiB each", () => holdingOne(70, swollen())],
  ["a chart in a chart, 11 deep", () => nested(11)],
  ["a chart in a chart, 200 deep", () => nested(200)],
  ["101 charts in a chart", () => holdingOne(101, chart())],
  ["9,000 charts in a chart", () => holdingOne(9_000, chart())],
  ["a chart in it that is no archive", () => holding(1, () => randomBytes(500))],
  ["a chart in it that leads out", () => holding(1, () => chart(file("../../x")))],
  [
    "a chart in it with a link",
    () => holding(1, () => chart({ name: "web/x", type: "2", linkname: "/etc" })),
  ],
  ["a chart in it of zeros", () => holding(1, () => gzipSync(new Uint8Array(50 * MIB)))],
  [
    "40,000 dependencies that are nowhere",
    () => packed(file("web/Chart.yaml", dependencies(40_000))),
  ],
  ["a Chart.yaml of 300 kB", () => verbose(1, 300_000)],
  ["20 charts with a Chart.yaml of 200 kB", () => verbose(20, 200_000)],
  ["90 charts of 900 files each", () => holdingOne(90, chart(...empty(900)))],
  ["a dependency called ..", () => chart(file("web/charts/../x/Chart.yaml"))],
];
