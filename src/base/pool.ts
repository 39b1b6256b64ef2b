/** Many things at once, but not too many. Knows nothing of what the things are. */
import { forerunnerOf } from "./forerunner.ts";

/**
 * Runs `work` over all items, at most `limit` at a time, results in the order of the items. The first error stops new work from
 * starting, aborts the signal that running work was given, waits for it to end, and is thrown. When the forerunner of `outer` is aborted,
 * running work ends in its own time; if some was not begun, the forerunner's reason is thrown.
 */
export async function mapPool<T, R>(
  limit: number,
  items: Iterable<T>,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  outer?: AbortSignal,
): Promise<R[]> {
  const iterator = items[Symbol.iterator]();
  const results: R[] = [];
  const stop = new AbortController();
  const onAbort = () => stop.abort(outer?.reason);
  if (outer?.aborted) onAbort();
  outer?.addEventListener("abort", onAbort, { once: true });
  let next = 0;
  let failed: { error: unknown } | undefined;
  const forerunner = forerunnerOf(outer);
  let isLeft = false;

  async function lane(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        const step = iterator.next();
        if (step.done) return;
        if (forerunner?.aborted) return void (isLeft = true);
        const index = next++;
        results[index] = await work(step.value, stop.signal);
      } catch (error) {
        failed ??= { error };
        stop.abort(error);
      }
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.max(1, limit) }, lane));
  } finally {
    outer?.removeEventListener("abort", onAbort);
  }
  if (failed !== undefined) throw failed.error;
  if (outer?.aborted) throw outer.reason;
  if (isLeft) throw forerunner!.reason;
  return results;
}
