/**
 * One change of the code for each promise that breaks it. Applied by `bun test/contract/mutate.ts`, which
 * shows that the promise's tests then fail: that they can.
 */

export interface Mutation {
  readonly row: string;
  /** What the broken code does. */
  readonly breaks: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** File in `test/contract/`, and as much of a title as selects the tests that must fail. */
  readonly test: string;
  readonly title: string;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    row: "R1",
    breaks: "A line of a watch that is no JSON is passed over",
    file: "src/kube/watch-stream.ts",
    find: "    throw garbled(cause);",
    replace:
      '    return { type: "BOOKMARK", object: { apiVersion: "", kind: "", metadata: { name: "" } } };',
    test: "r1-at-least-once.test.ts",
    title: "half of its JSON",
  },
  {
    row: "R2",
    breaks: "A child is written again although it is as declared",
    file: "src/apply/decide.ts",
    find: "  if (isOurs && differences.length === 0) return",
    replace: "  if (isOurs && differences.length < 0) return",
    test: "r2-idempotency.test.ts",
    title: "remembers nothing",
  },
  {
    row: "R3",
    breaks: "A key that a worker holds is handed to another one",
    file: "src/queue/ready.ts",
    find: "    this.#processing.add(key);",
    replace: "",
    test: "r3-one-worker-per-key.test.ts",
    title: "never worked on twice",
  },
  {
    row: "R4",
    breaks: "A deletion of a child that is not declared any more is forgotten",
    file: "src/apply/prune.ts",
    find: "    if (!keys.has(childKey(type, object.metadata))) doomed.push(child);",
    replace: "",
    test: "r4-eventual-consistency.test.ts",
    title: "answered by 409",
  },
  {
    row: "R5",
    breaks: "The resync enqueues nothing",
    file: "src/runtime/resync.ts",
    find: "    for (const key of slots[ticks % count] ?? []) enqueue(key);",
    replace: "    void enqueue;",
    test: "r5-resync.test.ts",
    title: "looked at in every interval",
  },
  {
    row: "R6",
    breaks: "Changes of children are not told to their owner",
    file: "src/runtime/child-caches.ts",
    find: "      if (key !== undefined) options.onChange(key);",
    replace: "      void key;",
    test: "r6-drift.test.ts",
    title: "a changed value",
  },
  {
    row: "R7",
    breaks: "The finalizer goes while children are still there",
    file: "src/reconcile/deletion.ts",
    find: "  return removeAll(await findForgotten(context), context);",
    replace: "  void findForgotten;\n  return DONE;",
    test: "r7-finalizer.test.ts",
    title: "lags behind",
  },
  {
    row: "R8",
    breaks: "What a reconcile throws is thrown on",
    file: "src/reconcile/reconcile.ts",
    find: "        return classify(error);",
    replace: "        void classify;\n        throw error;",
    test: "r8-safe-reconcile.test.ts",
    title: "fails by range",
  },
  {
    row: "R9",
    breaks: "Three requests that hang stop all others",
    file: "src/kube/transport.ts",
    find: "const MAX_IN_FLIGHT = 192;",
    replace: "const MAX_IN_FLIGHT = 3;",
    test: "r9-isolation.test.ts",
    title: "its writes are never answered",
  },
];
