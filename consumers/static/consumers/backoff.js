/** How long to wait before the next attempt, and the clock that it is measured by. */

/** The first wait is at most this long; each failure doubles it. */
const BACKOFF_BASE_MS = 500;
/** No wait is longer, so that a hub that came back is noticed within half a minute. */
const BACKOFF_CAP_MS = 30_000;

/** Wait a random time up to a bound that doubles with every attempt ("full jitter"), in milliseconds. */
export function backoffMs(attempt, random = Math.random) {
  return Math.round(random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 16)));
}

/** The browser's own clock; tests bring one that stands still. */
export const browserClock = {
  now: () => performance.now(),
  setTimeout: (todo, ms) => setTimeout(todo, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};
