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
  /** 0 while closed. */
  pauseMs: number;
  untilMs: number;
  pause: Pause | undefined;
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
    return track?.correction === correction && nowMs < track.untilMs ? track.pause : undefined;
  }

  /** Forgets children that are not among `uids`. */
  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#tracks.keys()) if (!uids.has(uid)) this.#tracks.delete(uid);
  }

  /** A correction was written. */
  record(uid: string, correction: string, nowMs: number): void {
    const track = this.#tracks.get(uid);
    if (track?.correction !== correction || isCalm(track, nowMs)) {
      const fresh = {
        correction,
        times: 1,
        sinceMs: nowMs,
        pauseMs: 0,
        untilMs: 0,
        pause: undefined,
      };
      this.#tracks.set(uid, fresh);
      return;
    }
    track.times++;
    if (track.times <= LIMIT) return;
    track.pauseMs = Math.min(
      MAX_PAUSE_MS,
      track.pauseMs === 0 ? FIRST_PAUSE_MS : track.pauseMs * 2,
    );
    track.untilMs = nowMs + track.pauseMs;
    track.pause = { untilMs: track.untilMs };
  }
}

/** The last tug is long enough ago: this one counts as the first. */
function isCalm({ sinceMs, pauseMs, untilMs }: Track, nowMs: number): boolean {
  return pauseMs === 0 ? nowMs - sinceMs > WINDOW_MS : nowMs - untilMs > WINDOW_MS;
}
