/** What a path of the view answers. */
export interface Answer {
  readonly status: number;
  /** JSON unless it is text. */
  readonly body: unknown;
}
