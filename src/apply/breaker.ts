/**
 * The breaker for tugs of war. When somebody keeps changing a field back that we keep setting, both
 * sides would write for ever. So the same correction of the same child, made too often ({@link RULES}),
 * opens the breaker for that child: writing pauses, for longer each time it is needed again.
 */

interface Rule {
  /** So many corrections are nobody's business. */
  readonly limit: number;
  readonly windowMs: number;
}

/** A controller answers at once. An autoscaler looks every 15 s, and others by their resync. */
const RULES: readonly Rule[] = [
  { limit: 5, windowMs: 60_000 },
  { limit: 10, windowMs: 600_000 },
];
const LONGEST_WINDOW_MS = Math.max(...RULES.map(({ windowMs }) => windowMs));
const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 300_000;

export interface Pause {
  /** By the wall clock. */
  readonly untilMs: number;
  /** What was said of it. */
  told?: string;
}

interface TrackedPause extends Pause {
  readonly lengthMs: number;
  /** So long after its end the next correction is one of the same tug of war. */
  readonly windowMs: number;
}

interface Track {
  /** What was corrected, and to what. */
  readonly correction: string;
  /** When, within the longest window. */
  times: readonly number[];
  /** The last one; absent as long as there was none. */
  pause?: TrackedPause;
}

export class Breaker {
  readonly #tracks = new Map<string, Track>();

  /** Children that were corrected. */
  get size(): number {
    return this.#tracks.size;
  }

  /** The pause that this correction must wait for. */
  pauseOf(uid: string, correction: string, nowMs: number): Pause | undefined {
    const track = this.#tracks.get(uid);
    const pause = track?.correction === correction ? track.pause : undefined;
    return pause && nowMs < pause.untilMs ? pause : undefined;
  }

  /** Children that are left as they are: a correction of them waits, which was told. */
  openCount(nowMs: number): number {
    let count = 0;
    for (const { pause } of this.#tracks.values()) {
      if (pause?.told !== undefined && nowMs < pause.untilMs) count++;
    }
    return count;
  }

  /** Forgets children that are not among `uids`. */
  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#tracks.keys()) if (!uids.has(uid)) this.#tracks.delete(uid);
  }

  /** A correction was written. */
  record(uid: string, correction: string, nowMs: number): void {
    const track = this.#tracks.get(uid);
    if (track?.correction !== correction || isOver(track, nowMs)) {
      this.#tracks.set(uid, { correction, times: [nowMs] });
      return;
    }
    const { pause } = track;
    track.times = [...track.times, nowMs].filter((atMs) => nowMs - atMs <= LONGEST_WINDOW_MS);
    const broken = pause ?? RULES.find((rule) => isBroken(rule, track, nowMs));
    if (!broken) return;
    const { windowMs } = broken;
    const lengthMs = pause ? Math.min(MAX_PAUSE_MS, pause.lengthMs * 2) : FIRST_PAUSE_MS;
    track.pause = { lengthMs, untilMs: nowMs + lengthMs, windowMs };
  }
}

function isBroken({ limit, windowMs }: Rule, { times }: Track, nowMs: number): boolean {
  return times.filter((atMs) => nowMs - atMs <= windowMs).length > limit;
}

/** The pause is long enough ago: the next correction counts as the first. */
function isOver({ pause }: Track, nowMs: number): boolean {
  return pause !== undefined && nowMs - pause.untilMs > pause.windowMs;
}
