/** Wall clocks of IANA time zones, from the data that the runtime brings. */

/** Milliseconds to add to UTC for the wall clock of the zone; `undefined` when no zone has that name. */
export function zoneOffsetMs(ms: number, timeZone: string): number | undefined {
  if (timeZone === "UTC") return 0;
  const name = zoneName(ms, timeZone, { form: "longOffset" });
  if (name === undefined) return undefined;
  // `GMT`, `GMT+05:30`, and with seconds where an old local mean time has them.
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name);
  if (!match) return undefined;
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
  const offset = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === "-" ? 0 - offset : offset;
}

/** Each knows the abbreviations of its own part of the world only. */
const LOCALES = ["en-US", "en-GB", "en-CA", "en-IN", "en-AU", "en-ZA", "ja-JP"];

/** `UTC`, `CET`, `EST`: the letters in use at that moment; `undefined` where none are customary. */
export function zoneAbbreviation(ms: number, timeZone: string): string | undefined {
  if (timeZone === "UTC") return "UTC";
  for (const locale of LOCALES) {
    const name = zoneName(ms, timeZone, { form: "short", locale });
    if (name !== undefined && /^[A-Z]+$/.test(name)) return name;
  }
  return undefined;
}

function zoneName(
  ms: number,
  timeZone: string,
  { form, locale = "en-US" }: { readonly form: "longOffset" | "short"; readonly locale?: string },
): string | undefined {
  try {
    return new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: form })
      .formatToParts(ms)
      .find((part) => part.type === "timeZoneName")?.value;
  } catch {
    return undefined;
  }
}
