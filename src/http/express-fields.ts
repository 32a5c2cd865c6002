import type { IncomingMessage, ServerResponse } from 'node:http';

/** Express's prototypes of requests and responses, each app's own. */
export interface ExpressPrototypes {
  readonly request?: object;
  readonly response?: object;
}

/** What Express's application and router set on each request, before anything of the app's runs. */
interface ExpressFields {
  res?: unknown;
  next?: unknown;
  baseUrl?: unknown;
  originalUrl?: unknown;
  params?: unknown;
}

const FIELDS = ['res', 'next', 'baseUrl', 'originalUrl', 'params', 'locals'];

/**
 * Adds the fields that Express is about to set, empty, while a request and its response are still as Node made them.
 *
 * Express gives each of them a prototype of its app. For every field that is added after that, V8 (until Node 24)
 * makes a hidden class that no other object will ever share, and whoever reads the object from there on, goes the
 * slow way: more than a third of the time of a request to a bare Nest app. Fields that are there before cost nothing.
 */
export class FieldsAhead {
  private isSafe: boolean | undefined;

  constructor(private readonly app: ExpressPrototypes) {}

  add(request: IncomingMessage & ExpressFields, response: ServerResponse & { locals?: unknown }): void {
    // At the first request: by then the app is complete.
    this.isSafe ??= this.look();
    // HTTP/2's are no plain objects of Node's, but take fields for those of their streams.
    if (!this.isSafe || request.httpVersionMajor !== 1) {
      return;
    }
    request.res = response;
    request.next = undefined;
    request.baseUrl = undefined;
    request.originalUrl = undefined;
    request.params = undefined;
    response.locals = undefined;
    const { statusCode, statusMessage } = response;
    response.statusCode = statusCode;
    response.statusMessage = statusMessage;
  }

  /** Not where the app, or a library, has something of its own in the place of a field. */
  private look(): boolean {
    const { request, response } = this.app;
    return (
      request !== undefined &&
      response !== undefined &&
      !FIELDS.some((field) => field in request || field in response)
    );
  }
}
