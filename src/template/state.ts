/**
 * What one evaluation carries along: the output so far, the variables, and the budget. Made anew
 * for each evaluation and thrown away after it; compiled templates hold no state.
 */

import type { SourcePosition } from "../std/issue.ts";
import { TemplateError } from "./error.ts";
import { Meter, type TotalSteps } from "./meter.ts";
import type { Span } from "./syntax.ts";
import type {
  Dialect,
  Scope,
  TemplateCalls,
  TemplateEnvironment,
  TemplateValue,
} from "./template.ts";

/** Nested `{{template}}` calls; each costs stack. */
const MAX_TEMPLATE_DEPTH = 500;

/** One source, for messages about spans in it. */
export interface Unit {
  readonly source: string;
  readonly locate: (offset: number) => SourcePosition;
}

/** A template that others may call. */
export interface Body {
  execute: Execute;
  readonly frameSize: number;
  readonly unit: Unit;
}

export interface State {
  readonly root: Scope;
  readonly environment: TemplateEnvironment;
  readonly meter: Meter;
  /** Slot 0 is `$`. */
  frame: TemplateValue[];
  /** What was written, without {@link recent}. */
  output: string;
  /** The end of what was written, when that is long. */
  recent: string[];
  /** Length of {@link recent}, in UTF-16 units. */
  recentLength: number;
  /** Taken so far. */
  readonly steps: number;
  /** An evaluation in slices pauses once it took so many steps. */
  pauseAt: number;
  depth: number;
  /** What is being evaluated, for messages. */
  at: Span | undefined;
  /** The source that `at` lies in. */
  unit: Unit;
  /** What may be called by name at run time. */
  bodies: ReadonlyMap<string, Body>;
  readonly templates: TemplateCalls;
}

export type Evaluate = (state: State, dot: TemplateValue) => TemplateValue;

/** How a list of nodes ended; anything but `GO_ON` leaves the enclosing nodes too. */
export type Signal = typeof GO_ON | typeof BREAK | typeof CONTINUE;
export type Execute = (state: State, dot: TemplateValue) => Signal;

export const GO_ON = 0;
export const BREAK = 1;
export const CONTINUE = 2;

export function createState(
  scope: Scope,
  environment: TemplateEnvironment,
  options: {
    readonly budget: Dialect["budget"];
    readonly frameSize: number;
    readonly unit: Unit;
    readonly bodies?: ReadonlyMap<string, Body>;
    readonly callsOf?: (state: State) => TemplateCalls;
    readonly total?: TotalSteps;
  },
): State {
  const frame: TemplateValue[] = [scope as TemplateValue];
  for (let slot = 1; slot < options.frameSize; slot++) frame.push(undefined);
  const meter = new Meter(options.budget, options.total);
  const state: Mutable<State> = {
    root: scope,
    environment,
    meter,
    get steps() {
      return meter.steps;
    },
    frame,
    output: "",
    recent: [],
    recentLength: 0,
    pauseAt: 0,
    depth: 0,
    at: undefined,
    unit: options.unit,
    bodies: options.bodies ?? NO_BODIES,
    templates: NO_CALLS,
  };
  if (options.callsOf) state.templates = options.callsOf(state);
  return state;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NO_BODIES: ReadonlyMap<string, Body> = new Map();

/** A single template has no others beside it. */
const NO_CALLS: TemplateCalls = { render: refuse, renderSource: refuse };

function refuse(): never {
  throw new TemplateError("failed", "Cannot call a template by name here: there is only this one");
}

/** Counts work; throws code `budget` when there was too much of it. */
export function spend(state: State, steps: number): void {
  state.meter.spend(steps);
}

/** What is shorter grows by appending. */
const SHORT = 4_096;
/** So many texts are joined to one. */
const PIECES = 1_024;

/**
 * Engines keep a text that grew by appending as a tree of what was appended, and a million nodes keep
 * their garbage collectors busy for longer than the template took.
 */
export function write(state: State, text: string): void {
  const length = state.output.length + state.recentLength;
  const limit = state.meter.outputLength;
  if (length + text.length > limit) {
    throw new TemplateError(
      "budget",
      `Cannot finish the template: its output is longer than ${limit} characters`,
    );
  }
  if (length < SHORT) {
    state.output += text;
    return;
  }
  state.recentLength += text.length;
  if (state.recent.push(text) === PIECES) joinRecent(state);
}

function joinRecent(state: State): void {
  state.output += state.recent.join("");
  state.recent.length = 0;
  state.recentLength = 0;
}

/** What was written so far, which is forgotten: what is written next begins anew. */
export function takeOutput(state: State): string {
  if (state.recentLength > 0) joinRecent(state);
  const text = state.output;
  state.output = "";
  return text;
}

/** Runs a template body with a frame of its own. `$` of it is the dot that it gets. */
export function enterBody(state: State, body: Body, dot: TemplateValue): void {
  const outer = openFrame(state, body, dot);
  body.execute(state, dot);
  closeFrame(state, outer);
}

/** Where a body was called. */
export type Caller = Pick<State, "frame" | "unit" | "at">;

export function openFrame(
  state: State,
  { frameSize, unit }: Pick<Body, "frameSize" | "unit">,
  dot: TemplateValue,
): Caller {
  if (++state.depth > MAX_TEMPLATE_DEPTH) {
    throw new TemplateError(
      "budget",
      `Cannot finish the template: templates call each other more than ${MAX_TEMPLATE_DEPTH} deep`,
    );
  }
  const caller = { frame: state.frame, unit: state.unit, at: state.at };
  const frame: TemplateValue[] = [dot];
  for (let slot = 1; slot < frameSize; slot++) frame.push(undefined);
  state.frame = frame;
  state.unit = unit;
  return caller;
}

/** Not after a failure: what is there then says where it happened. */
export function closeFrame(state: State, { frame, unit, at }: Caller): void {
  state.frame = frame;
  state.unit = unit;
  state.at = at;
  state.depth--;
}
