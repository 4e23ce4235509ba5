/** How a component runs its loop, and how the loop's end is told. */
import { BudgetExhausted, passOnWantOfMemory, stackOf, told } from './errors.js';
import { log } from './log.js';
import { enter } from './surroundings.js';

/** Makes the function `run` of a component of a loop that takes a worker of this class. */
export const running = (Class) => (loop) => async () => {
  enter();
  try {
    await loop(new Class());
  } catch (thrown) {
    passOnWantOfMemory(thrown);
    // The budget is used up: an ordinary end.
    if (thrown instanceof BudgetExhausted && thrown.remaining === 0) return;
    if (thrown instanceof Error) log.error('loop', `${told(thrown)}\n${stackOf(thrown)}`);
    // A text becomes the error of the loop; anything else would be a trap.
    throw told(thrown);
  }
};
