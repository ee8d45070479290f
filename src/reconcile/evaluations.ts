/**
 * Evaluates templates without holding the event loop. What takes a moment, as nearly all do, is done at
 * once. Any of them may take all its steps, though: such a one is left on its way, finished in slices with
 * rests in between, and then the evaluation that needed it is made again from its start, with what it came
 * to so far.
 *
 * Guarantees: the loop is held for a few milliseconds at a time, whatever templates do, and for as long as
 * a single call of a function takes. Assumes: what is evaluated has no effects.
 */
import type { Clock } from "../std/clock.ts";
import { Pieces } from "../std/pieces.ts";
import type {
  Evaluation,
  EvaluationSlices,
  Scope,
  TemplateEnvironment,
} from "../template/template.ts";

/** Of what is done at once. Together with one evaluation that is left on its way: the loop is held so long. */
const SLICE_MS = 5;
/** Of what takes long: short, since others need several turns of the loop and may meet one in each. */
const LONG_SLICE_MS = 2;
/** It has a fifth of the loop at most. */
const LONG_REST_FACTOR = 4;
/** Steps of one evaluation that are taken at once: about a millisecond when the engine is cold. */
const STEPS_AT_ONCE = 20_000;

/** Shared by all who evaluate side by side: together they hold the loop no longer than one of them. */
export class Evaluations {
  readonly #clock: Clock;
  readonly #short: Pieces;
  readonly #long: Pieces;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#short = new Pieces({ clock, sliceMs: SLICE_MS });
    this.#long = new Pieces({ clock, sliceMs: LONG_SLICE_MS, restFactor: LONG_REST_FACTOR });
  }

  /**
   * What `evaluate` gives, or throws. It is called again for each of its templates that takes long, and has
   * to use the environment that it is given.
   */
  async run<T>(
    environment: TemplateEnvironment,
    evaluate: (environment: TemplateEnvironment) => T,
  ): Promise<T> {
    const attempts = new Attempts(environment, this.#clock);
    const attempt = () => attempts.make(evaluate);
    for (;;) {
      // Nearly always there is nothing to wait for.
      if (this.#short.turning !== undefined) await turned(this.#short);
      const ended = this.#short.run(attempt);
      if (ended) return resultOf(ended);
      await this.#finish(attempts);
    }
  }

  async #finish(attempts: Attempts): Promise<void> {
    let isDone = false;
    while (!isDone) {
      await turned(this.#long);
      isDone = this.#long.run(() => attempts.goOn(this.#long.leftMs));
    }
  }
}

/** In turns: of many who wait, one goes on after each. */
async function turned(pieces: Pieces): Promise<void> {
  while (pieces.turning !== undefined) await pieces.turning;
}

type Result =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "error"; readonly error: unknown };

function attempt(what: () => unknown): Result {
  try {
    return { kind: "value", value: what() };
  } catch (error) {
    return { kind: "error", error };
  }
}

function resultOf<T>(result: Result): T {
  if (result.kind === "error") throw result.error;
  return result.value as T;
}

interface Known {
  readonly of: object;
  readonly scope: Scope;
  readonly result: Result;
}

/** The evaluation that the present attempt was left for. */
interface Left extends Omit<Known, "result"> {
  readonly parts: Generator<undefined, unknown, undefined>;
}

/**
 * One evaluation of several templates, as often as it has to be begun anew; and the environment that they get: the
 * original, whose getters note who looks at them, with slices.
 */
class Attempts implements TemplateEnvironment, EvaluationSlices {
  readonly timeZone: string;
  readonly #environment: TemplateEnvironment;
  readonly #clock: Clock;
  /** What its templates came to, in their order. */
  readonly #known: Known[] = [];
  #next = 0;
  #left: Left | undefined;
  #startMs = 0;
  /** What it reads changes from one attempt to the next: it is made in one go. */
  #isFickle = false;

  constructor(environment: TemplateEnvironment, clock: Clock) {
    this.timeZone = environment.timeZone;
    this.#environment = environment;
    this.#clock = clock;
  }

  get nowMs(): number {
    return this.#environment.nowMs;
  }

  random(size: number): Uint8Array {
    return this.#environment.random(size);
  }

  get slices(): EvaluationSlices {
    return this;
  }

  /** `undefined`: one of its templates takes long, and has to be finished first. */
  make(evaluate: (environment: TemplateEnvironment) => unknown): Result | undefined {
    this.#next = 0;
    this.#left = undefined;
    this.#startMs = this.#clock.monotonicMs();
    const result = attempt(() => evaluate(this));
    return this.#left ? undefined : result;
  }

  run<T>(evaluation: Evaluation<T>): T {
    // Whoever caught the first one goes on in vain.
    if (this.#left) throw new LeftError();
    const known = this.#known[this.#next];
    if (known) {
      if (known.of === evaluation.of && known.scope === evaluation.scope) {
        this.#next++;
        return resultOf(known.result);
      }
      this.#known.length = this.#next;
      this.#isFickle = true;
    }
    return this.#begin(evaluation);
  }

  #begin<T>(evaluation: Evaluation<T>): T {
    const { of, scope } = evaluation;
    const isLate = this.#clock.monotonicMs() - this.#startMs >= SLICE_MS;
    const steps = this.#isFickle ? Infinity : isLate ? 0 : STEPS_AT_ONCE;
    let isOver = true;
    const result = attempt(() => {
      const done = evaluation.atOnce(steps);
      isOver = done !== undefined;
      return done?.value;
    });
    if (!isOver) {
      this.#left = { of, scope, parts: evaluation.inParts() };
      throw new LeftError();
    }
    this.#known.push({ of, scope, result });
    this.#next++;
    return resultOf(result);
  }

  /** True when what the attempt was left for is done. */
  goOn(forMs: number): boolean {
    const left = this.#left;
    if (!left) return true;
    const { of, scope, parts } = left;
    const untilMs = this.#clock.monotonicMs() + forMs;
    let isDone = false;
    const result = attempt(() => {
      do {
        const next = parts.next();
        if (next.done) {
          isDone = true;
          return next.value;
        }
      } while (this.#clock.monotonicMs() < untilMs);
      return undefined;
    });
    if (!isDone && result.kind === "value") return false;
    this.#known.push({ of, scope, result });
    return true;
  }
}

/** Leaves whoever evaluates; what becomes of it does not matter. */
class LeftError extends Error {
  constructor() {
    super("Cannot evaluate this at once: it takes long, and is finished in slices");
    this.name = "LeftError";
  }
}
