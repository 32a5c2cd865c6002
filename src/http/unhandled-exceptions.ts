import { types } from 'node:util';
import type { ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { recordOf } from './request-record.js';

let heard = false;

/**
 * Notes at their request the exceptions that end in `BaseExceptionFilter#handleUnknownError`: no
 * `HttpException`s, and answered by no filter of the app, or by one that handed them to Nest's own. Once in a
 * process, since a filter knows no app; a request without a record is none of ours.
 */
export function hearUnhandledExceptions(): void {
  if (heard) {
    return;
  }
  heard = true;
  const prototype = BaseExceptionFilter.prototype;
  const original = prototype.handleUnknownError;
  function handleUnknownError(
    this: BaseExceptionFilter,
    ...args: Parameters<BaseExceptionFilter['handleUnknownError']>
  ): void {
    const [exception, host] = args;
    if (!isClientError(exception)) {
      noteFailure(host);
    }
    return original.apply(this, args);
  }
  Object.defineProperty(handleUnknownError, 'length', { value: original.length, configurable: true });
  prototype.handleUnknownError = handleUnknownError;
}

function noteFailure(host: ArgumentsHost | undefined): void {
  try {
    const request: unknown = host?.getArgByIndex(0);
    if (typeof request !== 'object' || request === null) {
      return;
    }
    for (let record = recordOf(request); record !== undefined; record = record.outer) {
      record.owner.fail(record);
    }
  } catch {
    // A host of somebody's own making must not keep the exception from being answered.
  }
}

/**
 * What tells of the client, and is no failure of the app: an error of the `http-errors` package with a status below
 * 500, such as the body parser's "too large", of which Nest 12 makes an `HttpException` before any filter sees it, and
 * Nest 11 does not; and Node's of a body that ends too early, which Fastify's body parser gives a status.
 */
function isClientError(exception: unknown): boolean {
  // Node's own errors are no instances of the Error of a Jest sandbox.
  if (!types.isNativeError(exception)) {
    return false;
  }
  const { code, expose, status, statusCode } = exception as Error & Record<string, unknown>;
  const isHttpError = typeof expose === 'boolean' && typeof status === 'number' && status === statusCode;
  return (isHttpError && status < 500) || (code === 'ECONNRESET' && statusCode === 400);
}
