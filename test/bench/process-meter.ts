/** What a process costs, from /proc (https://man7.org/linux/man-pages/man5/proc.5.html). Linux only. */
import { readFileSync } from "node:fs";

/** Of the kernel's user interface, fixed on every Linux platform that we run on. */
const TICKS_PER_SECOND = 100;

/** Processor time used so far, user and system, all threads; seconds, to a hundredth. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, second field, is in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Time that the main thread has been running on a processor so far, in milliseconds. */
export function mainThreadMs(pid: number): number {
  const [nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
  return Number(nanoseconds) / 1e6;
}

/** Resident memory now, in MB (10^6 bytes). */
export function residentMegabytes(pid: number): number {
  return megabytesOf(pid, "VmRSS");
}

/** The most that was resident so far, in MB (10^6 bytes). */
export function peakMegabytes(pid: number): number {
  return megabytesOf(pid, "VmHWM");
}

function megabytesOf(pid: number, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kibibytes = Number.NaN] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}
