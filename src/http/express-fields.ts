import { IncomingMessage, ServerResponse } from 'node:http';

/** Express's prototypes of requests and responses, each app's own. */
export interface ExpressPrototypes {
  readonly request?: object;
  readonly response?: object;
}

/** With what Express's application and router set on each request and response, before anything of the app's runs. */
type Fields<Message> = Message & Partial<Record<Exclude<(typeof FIELDS)[number], keyof Message>, unknown>>;

const FIELDS = [
  'res',
  'next',
  'baseUrl',
  'originalUrl',
  'params',
  'locals',
  'statusCode',
  'statusMessage',
] as const;

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

  add(request: IncomingMessage, response: ServerResponse): void {
    // At the first request: by then the app is complete.
    this.isSafe ??= this.look();
    // HTTP/2's are no plain objects of Node's, but take fields for those of their streams.
    if (!this.isSafe || request.httpVersionMajor !== 1) {
      return;
    }
    try {
      addFields(request, response);
    } catch {
      // Somebody has made one of them read-only: what becomes of that is between them and Express.
    }
  }

  /** Not where the app, or a library, has something of its own in the place of a field. */
  private look(): boolean {
    const { request, response } = this.app;
    return addsNothing(request, IncomingMessage.prototype) && addsNothing(response, ServerResponse.prototype);
  }
}

/** Whether no prototype between the app's and Node's has one of the fields. */
function addsNothing(prototype: object | undefined, nodes: object): boolean {
  let current: object | null = prototype ?? null;
  while (current !== null && current !== nodes) {
    const own = current;
    if (FIELDS.some((field) => Object.hasOwn(own, field))) {
      return false;
    }
    current = Object.getPrototypeOf(current) as object | null;
  }
  return current === nodes;
}

/** What somebody who saw them before has set is kept. */
function addFields(request: Fields<IncomingMessage>, response: Fields<ServerResponse>): void {
  const { next, baseUrl, originalUrl, params } = request;
  request.res = response;
  request.next = next;
  request.baseUrl = baseUrl;
  request.originalUrl = originalUrl;
  request.params = params;
  const { locals, statusCode, statusMessage } = response;
  response.locals = locals;
  response.statusCode = statusCode;
  response.statusMessage = statusMessage;
}
