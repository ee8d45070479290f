/**
 * The time zone of this machine, as an IANA name.
 *
 * `Intl` knows it too, but the first question to it loads the data of all languages: 7 MB of memory
 * and 6 ms of the start, which most Katalogs have no use for.
 */
import { readlinkSync } from "node:fs";

/** Where Unix systems keep it: a link to the file of the zone. Source: `man 5 localtime`. */
const LOCAL_TIME = "/etc/localtime";

/** What the rest of the program knows under one name, as `Intl` does. */
const UTC_NAMES: ReadonlySet<string> = new Set(
  ["UTC", "UCT", "Zulu", "Universal"].flatMap((name) => [name, `Etc/${name}`]),
);

export interface ZoneSources {
  /** `$TZ`; wins. */
  readonly env: string | undefined;
  /** Where a link leads. @throws Error with a `code` */
  readonly readLink?: (path: string) => string;
  /** The last resort. */
  readonly askIntl?: () => string;
}

export function localTimeZone({
  env,
  readLink = readlinkSync,
  askIntl = () => Intl.DateTimeFormat().resolvedOptions().timeZone,
}: ZoneSources): string {
  if (env) return env;
  try {
    const [, zone] = /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(readLink(LOCAL_TIME)) ?? [];
    if (zone === undefined) return askIntl();
    return UTC_NAMES.has(zone) ? "UTC" : zone;
  } catch {
    // A file and no link, or another system.
    return askIntl();
  }
}
