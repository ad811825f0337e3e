/**
 * Works on all items, at most `width` at a time and begun in their order. After a failure nothing more is begun; it is
 * thrown when what was under way has ended.
 */
export async function sideBySide<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  // One generator for all: whoever fails closes it for the others, too.
  const queue = one(items)
  const worker = async () => {
    for (const item of queue) await work(item)
  }
  const ended = await Promise.allSettled(Array.from({ length: width }, worker))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}

function* one<T>(items: Iterable<T>): Generator<T> {
  yield* items
}
