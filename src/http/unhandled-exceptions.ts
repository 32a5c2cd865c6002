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
 * An error of the `http-errors` package with a status below 500, such as the body parser's "too large": Nest 12
 * makes an `HttpException` of it before any filter sees it, Nest 11 does not, and it is no failure of the app.
 */
function isClientError(exception: unknown): boolean {
  if (!(exception instanceof Error)) {
    return false;
  }
  const { expose, status, statusCode } = exception as Error & Record<string, unknown>;
  return typeof expose === 'boolean' && typeof status === 'number' && status === statusCode && status < 500;
}
