import {
  classDeclarations,
  classExclusion,
  excludesMethods,
  methodDeclarations,
  methodExclusion,
  type Exclusion,
  type MetricDeclaration,
} from '../decorators/declarations.js';
import type { Dressing } from './dressing.js';
import { dressingOn, ownerOf } from './wardrobe.js';
import { isLifecycleHook } from './lifecycle-hooks.js';

/**
 * What is declared for the method of one dressing: on itself and on its class.
 *
 * @param concrete the class whose instances are called: a subclass's hooks may be its parent's methods.
 */
export function declarationsOf(dressing: Dressing, concrete: Function): readonly MetricDeclaration[] {
  const { prototype, name, isForwarder } = dressing;
  // Also where an override, which is a method of its own, calls it through `super`.
  if (methodExclusion(prototype, name) === 'all') {
    return [];
  }
  const ofMethod = isForwarder ? [] : methodDeclarations(prototype, name);
  const target = prototype.constructor;
  const ofClass = isLifecycleHook(name, concrete) ? [] : classDeclarations(target);
  // A forwarder calls the parent's method, which records what is declared there by itself.
  const above = isForwarder ? declarationsAbove(prototype, name, concrete) : [];
  return withoutRepeats([...ofMethod, ...ofClass], above);
}

/** Each but once: a declaration that is there twice, or two unnamed ones of a kind, would count a call twice. */
export function withoutRepeats(
  declarations: readonly MetricDeclaration[],
  taken: readonly MetricDeclaration[] = [],
): readonly MetricDeclaration[] {
  const kept: MetricDeclaration[] = [];
  for (const declaration of declarations) {
    const rest = restOf(declaration, [...taken, ...kept]);
    if (rest) {
      kept.push(rest);
    }
  }
  return kept;
}

/** Tells how far each method of a class is left out. An override of an excluded method is another method. */
export function exclusionsOf(target: Function): (name: string | symbol) => Exclusion | undefined {
  const prototype = target.prototype as object;
  const ofClass = classExclusion(target);
  if (!excludesMethods(prototype)) {
    return () => ofClass;
  }
  return (name) => {
    const owner = ownerOf(prototype, name);
    const ofMethod = owner && methodExclusion(owner, name);
    return ofMethod === 'all' || ofClass === 'all' ? 'all' : (ofMethod ?? ofClass);
  };
}

function declarationsAbove(
  prototype: object,
  name: string | symbol,
  concrete: Function,
): readonly MetricDeclaration[] {
  for (
    let p = Object.getPrototypeOf(prototype) as object | null;
    p;
    p = Object.getPrototypeOf(p) as object | null
  ) {
    const dressing = dressingOn(p, name);
    if (dressing) {
      return dressing.isForwarder
        ? [...declarationsOf(dressing, concrete), ...declarationsAbove(p, name, concrete)]
        : declarationsOf(dressing, concrete);
    }
    if (Object.hasOwn(p, name)) {
      return [];
    }
  }
  return [];
}

const OUTCOMES = {
  always: ['success', 'failure'],
  success: ['success'],
  failure: ['failure'],
} as const;

/** What of a declaration the others leave to be recorded: of an unnamed counter, maybe one outcome. */
function restOf(
  declaration: MetricDeclaration,
  others: readonly MetricDeclaration[],
): MetricDeclaration | undefined {
  if (declaration.name !== undefined) {
    return others.includes(declaration) ? undefined : declaration;
  }
  const same = others.filter(({ name, kind }) => name === undefined && kind === declaration.kind);
  if (declaration.kind !== 'counted') {
    return same.length > 0 ? undefined : declaration;
  }
  const taken = same.flatMap((other) => (other.kind === 'counted' ? OUTCOMES[other.on] : []));
  const left = OUTCOMES[declaration.on].filter((outcome) => !taken.includes(outcome));
  const [first] = left;
  return (
    first && (left.length === OUTCOMES[declaration.on].length ? declaration : { ...declaration, on: first })
  );
}
