/** Web Locks as a sign of life: who holds a lock of its own name is there, whoever gets it learns that it no longer is. */

const locks = globalThis.navigator?.locks;

/** Hold a lock; resolves to a function that lets go of it, or to null where the browser has none (over plain http). */
export function hold(name) {
  if (!locks) return Promise.resolve(null);
  return new Promise((resolve) => {
    const holding = new Promise((release) => {
      locks.request(name, () => {
        resolve(release);
        return holding;
      }).catch(() => resolve(null));
    });
  });
}

/** Call `todo` once nobody holds the lock any more; gives a function that waits no longer. */
export function whenLeft(name, todo) {
  if (!locks || !name) return () => {};
  const patience = new AbortController();
  // Rejected when it is given up, which needs no further word.
  locks.request(name, { signal: patience.signal }, () => todo()).catch(() => {});
  return () => patience.abort();
}

/** Give a name that no other tab or worker has. */
export function uniqueName(kind) {
  const [high, low] = crypto.getRandomValues(new BigUint64Array(2));
  return `gaterhub-${kind}-${high.toString(36)}${low.toString(36)}`;
}
