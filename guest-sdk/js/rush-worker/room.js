/** Waiting for room: in the exact budget of a run, and in Redis. What a worker has of it. */
import { BudgetExhausted, StorageFull } from './errors.js';

/**
 * After so many refusals in a row without any change and without a running task, nobody works on what is queued: five seconds, because the
 * host takes a moment for each.
 */
const PATIENCE = 100;

export const Room = (Base) =>
  class extends Base {
    /** Makes a call again as long as it is refused for want of room; `null` when the worker should end instead. */
    whenThereIsRoom(made) {
      const quiet = new Quiet();
      let again = true;
      for (;;) {
        try {
          return made(this);
        } catch (error) {
          if (error instanceof BudgetExhausted) {
            if (error.remaining > 0) {
              // A refusal that was sent twice may tell of a place that became free in between.
              if (!again) throw error;
              again = false;
              continue;
            }
            if (!this.terminated && quiet.looks(this.count()) >= PATIENCE) return null;
          } else if (!(error instanceof StorageFull)) {
            throw error;
          }
        }
        if (this.terminated) return null;
        again = true;
      }
    }

    /** `pushRunning` of as many of these points as the budget has room for; none mean that the worker should end. */
    pushRunningWhatFits(xss, extra) {
      const pushed = this.whenThereIsRoom(() => {
        let room = xss.length;
        for (;;) {
          try {
            return this.pushRunning(xss.slice(0, room), extra?.slice(0, room));
          } catch (error) {
            if (!(error instanceof BudgetExhausted && error.remaining > 0)) throw error;
            room = Math.min(error.remaining, room);
          }
        }
      });
      return pushed ?? [];
    }
  };

/** For how long nothing has happened. */
class Quiet {
  #last = '';
  #looks = 0;

  /** How many looks in a row found these counts, and nothing running. */
  looks({ queued, running, finished, failed }) {
    const now = `${queued} ${finished} ${failed}`;
    if (running > 0 || now !== this.#last) this.#looks = 0;
    this.#last = now;
    this.#looks += 1;
    return this.#looks;
  }
}
