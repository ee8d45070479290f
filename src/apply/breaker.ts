/**
 * The breaker for tugs of war. When somebody keeps changing a field back that we keep setting, both
 * sides would write for ever. So the same correction of the same child, made more than
 * {@link LIMIT} times within {@link WINDOW_MS}, opens the breaker for that child: writing pauses,
 * for longer each time it is needed again.
 */

const LIMIT = 5;
const WINDOW_MS = 60_000;
const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 300_000;

export interface Pause {
  /** By the wall clock. */
  readonly untilMs: number;
  /** What was said of it. */
  told?: string;
}

interface Track {
  /** What was corrected, and to what. */
  readonly correction: string;
  times: number;
  sinceMs: number;
  /** The last one; absent as long as there was none. */
  pause?: Pause & { readonly lengthMs: number };
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

  /** Forgets children that are not among `uids`. */
  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#tracks.keys()) if (!uids.has(uid)) this.#tracks.delete(uid);
  }

  /** A correction was written. */
  record(uid: string, correction: string, nowMs: number): void {
    const track = this.#tracks.get(uid);
    if (track?.correction !== correction || isCalm(track, nowMs)) {
      this.#tracks.set(uid, { correction, times: 1, sinceMs: nowMs });
      return;
    }
    track.times++;
    if (track.times <= LIMIT) return;
    const { pause } = track;
    const lengthMs = pause ? Math.min(MAX_PAUSE_MS, pause.lengthMs * 2) : FIRST_PAUSE_MS;
    track.pause = { lengthMs, untilMs: nowMs + lengthMs };
  }
}

/** The last tug is long enough ago: this one counts as the first. */
function isCalm({ sinceMs, pause }: Track, nowMs: number): boolean {
  return nowMs - (pause?.untilMs ?? sinceMs) > WINDOW_MS;
}
