import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  HttpException,
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable, tap } from 'rxjs';
import { handlerRecordOf } from './handler-record.js';
import type { HttpRecorder } from './http-recorder.js';
import { InstalledHttp } from './installed-http.js';
import { runForRequest } from './request-context.js';
import type { RequestRecord } from './request-record.js';
import { finalStatus, isOver } from './response-end.js';
import type { RouteRecord } from './route-record.js';

/**
 * Takes the HTTP metrics where `http.via` is `'interceptor'`, the default on adapters other than Express's
 * and Fastify's. It sees the requests that reach a handler: none that a guard or a body parser refused, no
 * 404. The status is the response's once it is over; where the adapter's response has no events, an
 * `HttpException`'s own, or 500.
 *
 * The module binds it globally where it is needed. Bound by the app as well, or while the adapter's own seam
 * takes the metrics, it lets everything pass and counts nothing twice.
 */
@Injectable()
export class MetricsInterceptor implements NestInterceptor {
  constructor(@Inject(InstalledHttp) private readonly http: InstalledHttp) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { recorder } = this.http;
    if (recorder === undefined || this.http.via !== 'interceptor' || context.getType() !== 'http') {
      return next.handle();
    }
    const request = context.switchToHttp().getRequest<object>();
    const response = context.switchToHttp().getResponse<object>();
    if (recorder.begun(request) !== undefined) {
      return next.handle();
    }
    const record = this.begin(recorder, request, response);
    record.route = this.routeOf(context);
    if (hasEvents(record.rawResponse) && isOver(record.rawResponse, record.rawRequest)) {
      // The client left while a guard was at work.
      recorder.complete(record, finalStatus(record.rawResponse, record.rawRequest));
    }
    const handled = this.http.requestContext
      ? new Observable((subscriber) =>
          runForRequest({ request, response }, () => next.handle().subscribe(subscriber)),
        )
      : next.handle();
    return hasEvents(record.rawResponse) ? handled : handled.pipe(completing(recorder, record));
  }

  private begin(recorder: HttpRecorder, request: object, response: object): RequestRecord {
    const rawRequest = rawOf(request) as IncomingMessage & { originalUrl?: string };
    const rawUrl = rawRequest.originalUrl ?? rawRequest.url ?? '';
    const record = recorder.begin(rawRequest, rawOf(response) as ServerResponse, rawUrl);
    record.request = request;
    record.response = response;
    return record;
  }

  private routeOf(context: ExecutionContext): RouteRecord | undefined {
    const handler = handlerRecordOf(context.getHandler());
    return handler && this.http.routes?.routeFor(handler, context.switchToHttp().getRequest<object>());
  }
}

/** Completes the record of a request whose response tells nothing of its end. */
function completing(
  recorder: HttpRecorder,
  record: RequestRecord,
): (source: Observable<unknown>) => Observable<unknown> {
  return tap({
    error: (error: unknown) => {
      const known = error instanceof HttpException;
      if (!known) {
        recorder.fail(record);
      }
      recorder.complete(record, known ? error.getStatus() : 500);
    },
    complete: () => recorder.complete(record, record.rawResponse.statusCode ?? 200),
    unsubscribe: () => recorder.complete(record, 499),
  });
}

function hasEvents(response: ServerResponse): boolean {
  return typeof (response as Partial<ServerResponse>).on === 'function';
}

function rawOf(message: object): object {
  return (message as { raw?: object | null }).raw ?? message;
}
