/** How a component evaluates its objective, and how a failure is told. */
import { Condition, thrownCondition } from './condition.js';
import { Context } from './context.js';
import { ConversionError, passOnWantOfMemory, told } from './errors.js';
import { fromFields, toFields } from './fields.js';
import { enter } from './surroundings.js';

/**
 * Makes a function of a point the objective of this component: `export const evaluator = objective(({ x1 }) => ({ y: x1 ** 2 }));`
 *
 * Its second argument is the context, or what `prepare` made of the context once.
 */
export function objective(evaluate, prepare = (context) => context) {
  const context = new Context();
  let prepared;
  return {
    async evaluate(xs) {
      enter();
      try {
        prepared ??= { state: await prepare(context) };
        return stored(await evaluate(fromFields(xs), prepared.state));
      } catch (thrown) {
        passOnWantOfMemory(thrown);
        // The bindings hand over what stands there as the failure.
        throw { payload: thrownCondition(thrown) };
      }
    },
  };
}

function stored(ys) {
  if (ys === undefined || ys === null) {
    throw new Condition('`ys` of this objective cannot be stored: it returned nothing; return an object, such as { y }');
  }
  try {
    return toFields(ys);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw new Condition(`\`ys\` of this objective cannot be stored: ${told(error)}`);
  }
}

export * from './common.js';
export { Context };
