/**
 * Reads feature flags the plain way: GET flag:shop:<name> is "1" or "0". A value serves for maxAgeMs; when the store
 * is away the last known one goes on serving, and before any was known the default does.
 */
export function createFlags(store, { maxAgeMs = 500, now = Date.now } = {}) {
  const known = new Map();

  return async function flag(name, whenUnknown = false) {
    let entry = known.get(name);
    if (!entry) known.set(name, (entry = { value: null, readAt: -Infinity, reading: null }));
    if (now() - entry.readAt >= maxAgeMs) {
      // Requests that come at the same time share one read.
      entry.reading ??= refresh(store, name, entry, now);
      await entry.reading;
    }
    return entry.value ?? whenUnknown;
  };
}

async function refresh(store, name, entry, now) {
  try {
    const text = await store.get(`flag:shop:${name}`);
    entry.value = text === null ? null : text === '1';
  } catch {
    // The store is away: its client has logged that. What was known goes on.
  } finally {
    entry.readAt = now();
    entry.reading = null;
  }
}
