import { METHODS } from 'node:http';
import type { BoundSeries } from '../series/bound-series.js';

/** One request method, as a label value and what is looked up by it. */
export interface RequestMethod {
  readonly name: string;
  /** From 0 on, without gaps. */
  readonly number: number;
  /** Its series of `http_requests_in_progress`, once it has one. */
  inProgress: BoundSeries | undefined;
  /** Requests that began, and ended, and are not in it yet. */
  begun: number;
  ended: number;
}

/** The method of requests with one that Node does not know: over HTTP/2 clients can make them up. */
const OTHER_METHOD = 'other';

/** The methods of one app's requests. */
export class RequestMethods {
  private readonly other = methodOf(OTHER_METHOD, METHODS.length);
  private readonly known = new Map(METHODS.map((name, i) => [name, methodOf(name, i)]));
  /** Most requests have the method of the one before, and a look at that is far cheaper than one into a map. */
  private latest = this.other;
  /** As it came: Node gives all requests of a method the same string, which V8 need not read to compare. */
  private latestName = OTHER_METHOD;

  named(name: string): RequestMethod {
    if (name !== this.latestName) {
      this.latest = this.known.get(name) ?? this.other;
      this.latestName = name;
    }
    return this.latest;
  }
}

function methodOf(name: string, number: number): RequestMethod {
  return { name, number, inProgress: undefined, begun: 0, ended: 0 };
}
