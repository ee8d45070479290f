/** A cron schedule in English, for status fields that people read. */

const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");
const NUMBER = /^\d+$/;
const STEP = /^\*\/(\d+)$/;

/** The five fields in words: `At 02:00 on Mondays`. They must be valid. */
export function describeCron(fields: readonly string[]): string {
  const [minute = "*", hour = "*", dayOfMonth = "*", month = "*", dayOfWeek = "*"] = fields;
  const time = timeText(minute, hour);
  const days = dayText(dayOfMonth, dayOfWeek);
  const everyDay = days === "" && time.startsWith("At ") && hour !== "*" ? " every day" : days;
  return `${time}${everyDay}${isAny(month) ? "" : ` in ${listText(month, monthName)}`}`;
}

function timeText(minute: string, hour: string): string {
  if (isAny(hour)) return minuteText(minute);
  const hourStep = STEP.exec(hour)?.[1];
  if (minute === "0" && hourStep) return everyText(hourStep, "hour");
  if (NUMBER.test(minute) && hour.split(",").every((part) => NUMBER.test(part))) {
    return `At ${joinWords(hour.split(",").map((part) => `${twoDigits(part)}:${twoDigits(minute)}`))}`;
  }
  const minutes = isAny(minute)
    ? "Every minute"
    : minuteText(minute).replace(/ of every hour$/, "");
  const hours = hourStep ? everyText(hourStep, "hour").toLowerCase() : `hour ${listText(hour)}`;
  return `${minutes} of ${hours}`;
}

function minuteText(minute: string): string {
  if (isAny(minute)) return "Every minute";
  if (minute === "0") return "Every hour";
  const step = STEP.exec(minute)?.[1];
  if (step) return everyText(step, "minute");
  return `At minute ${listText(minute)} of every hour`;
}

function dayText(dayOfMonth: string, dayOfWeek: string): string {
  const ofMonth = isAny(dayOfMonth) ? [] : [`on ${dayOfMonthText(dayOfMonth)} of the month`];
  const ofWeek = isAny(dayOfWeek) ? [] : [weekText(dayOfWeek)];
  const days = [...ofMonth, ...ofWeek];
  // Cron runs when either of the two fits.
  return days.length === 0 ? "" : ` ${days.join(" or ")}`;
}

function dayOfMonthText(field: string): string {
  const step = STEP.exec(field)?.[1];
  return step ? everyText(step, "day").toLowerCase() : `day ${listText(field)}`;
}

function weekText(field: string): string {
  if (/^[^,]+-[^,/]+$/.test(field)) return listText(field, dayName);
  return `on ${listText(field, (part) => `${dayName(part)}s`)}`;
}

function listText(field: string, nameOf: (part: string) => string = (part) => part): string {
  return joinWords(
    field.split(",").map((part) => {
      const [range = part, step] = part.split("/");
      const text = range.split("-").map(nameOf).join(" to ");
      return step ? `${range === "*" ? "any" : text} in steps of ${step}` : text;
    }),
  );
}

function monthName(part: string): string {
  return MONTHS.find((name) => sameStart(name, part)) ?? MONTHS[Number(part) - 1] ?? part;
}

function dayName(part: string): string {
  return DAYS.find((name) => sameStart(name, part)) ?? DAYS[Number(part)] ?? part;
}

function sameStart(name: string, part: string): boolean {
  return name.slice(0, 3).toLowerCase() === part.toLowerCase();
}

function everyText(step: string, unit: string): string {
  return step === "1" ? `Every ${unit}` : `Every ${step} ${unit}s`;
}

function isAny(field: string): boolean {
  return field === "*" || field === "?";
}

function twoDigits(text: string): string {
  return text.padStart(2, "0");
}

function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
