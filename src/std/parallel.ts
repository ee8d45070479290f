/** Bounded concurrency: many things at once, but never more than so many. */

/**
 * Runs `work` for each item in order, with at most `limit` in flight, and resolves with the results
 * in the order of the items. Nothing is abandoned: it rejects, with the first rejection, only after
 * everything that was started has ended.
 */
export async function mapParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as Item, index);
    }
  };
  const lanes: Promise<void>[] = [];
  while (lanes.length < Math.min(limit, items.length)) lanes.push(lane());
  for (const outcome of await Promise.allSettled(lanes)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
  return results;
}
