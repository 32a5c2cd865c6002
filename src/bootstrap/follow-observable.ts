import {
  AsyncSubject,
  BehaviorSubject,
  Observable,
  ReplaySubject,
  Subject,
  finalize,
  tap,
  type Subscriber,
} from 'rxjs';
import { hiddenField } from '../hidden-field.js';
import type { OpenCall } from './open-call.js';
import { putMethod } from './put-method.js';

/** Classes whose methods work on a proxy, since they have no private fields. */
const OWN_CLASSES: readonly unknown[] = [Observable, Subject, BehaviorSubject, ReplaySubject, AsyncSubject];

/** The last call of each method that gave a watched Observable, by what records it. */
const watching = hiddenField<Map<object, OpenCall>>();

/**
 * Gives an Observable that is the method's in everything but that each subscription to it is recorded, as
 * a call of its own: a Subject can still be sent values, a subclass keeps its methods.
 */
export function followObservable<T>(source: Observable<T>, begun: OpenCall): Observable<T> {
  // It is recorded each time somebody subscribes.
  begun.cancel();
  return OWN_CLASSES.includes(source.constructor) || !Object.isExtensible(source)
    ? standIn(source, begun)
    : watch(source, begun);
}

/** Another object, since the method's may be subscribed to by others who did not call the method. */
function standIn<T>(source: Observable<T>, begun: OpenCall): Observable<T> {
  const recorded = new Observable<T>((subscriber) => recordSubscription(source, [begun], subscriber));
  return new Proxy(source, {
    get(target, key, receiver) {
      if (key === 'subscribe') {
        return recorded.subscribe.bind(recorded);
      }
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
}

/** The very object, since the methods of a class of the app's own may want its private fields. */
function watch<T>(source: Observable<T>, begun: OpenCall): Observable<T> {
  const known = watching.of(source);
  if (known !== undefined) {
    known.set(begun.recorder, begun);
    return source;
  }
  const calls = new Map([[begun.recorder, begun]]);
  const subscribe = source.subscribe.bind(source);
  const bare = new Observable<T>((subscriber) => subscribe(subscriber));
  const recorded = new Observable<T>((subscriber) =>
    recordSubscription(bare, [...calls.values()], subscriber),
  );
  putMethod(source, 'subscribe', recorded.subscribe.bind(recorded));
  watching.put(source, calls);
  return source;
}

function recordSubscription<T>(
  source: Observable<T>,
  begun: readonly OpenCall[],
  subscriber: Subscriber<T>,
): ReturnType<Observable<T>['subscribe']> {
  const calls = begun.map((one) => one.again());
  let last: T | undefined;
  let failure: { error: unknown } | undefined;
  return source
    .pipe(
      tap({
        next: (value) => {
          last = value;
        },
        error: (error: unknown) => {
          failure = { error };
        },
      }),
      finalize(() => calls.forEach((call) => call.close(!failure, failure ? failure.error : last))),
    )
    .subscribe(subscriber);
}
