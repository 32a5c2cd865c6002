import { Observable, finalize, tap } from 'rxjs';
import type { OpenCall } from './open-call.js';

/**
 * Gives an Observable that is the method's in everything but that each subscription to it is recorded,
 * as a call of its own: a Subject can still be sent values, a subclass keeps its methods.
 */
export function followObservable<T>(source: Observable<T>, begun: OpenCall): Observable<T> {
  begun.cancel();
  const recorded = new Observable<T>((subscriber) => {
    const call = begun.again();
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
        finalize(() => call.close(!failure, last, failure?.error)),
      )
      .subscribe(subscriber);
  });
  return new Proxy(source, {
    get(target, key, receiver) {
      if (key === 'subscribe') {
        return recorded.subscribe.bind(recorded);
      }
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
}
