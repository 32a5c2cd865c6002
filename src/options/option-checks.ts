import { inspect } from 'node:util';
import { isPlainObject } from '../plain-object.js';

/** A wrong option of the module: the app does not start, and the message names the option. */
export class MetricsOptionsError extends TypeError {
  constructor(option: string, fault: string) {
    super(`MetricsModule: option "${option}" ${fault}`);
    this.name = 'TypeError';
  }
}

/** @throws MetricsOptionsError unless it is a plain object (or left out) with none but the known keys. */
export function checkObject(value: unknown, option: string, known: readonly string[]): void {
  if (value === undefined) {
    return;
  }
  if (!isPlainObject(value)) {
    throw option === ''
      ? new TypeError('MetricsModule: the options must be a plain object')
      : new MetricsOptionsError(option, 'must be a plain object');
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new MetricsOptionsError(option === '' ? key : `${option}.${key}`, 'is unknown');
    }
  }
}

export function checkType(
  value: unknown,
  option: string,
  type: 'boolean' | 'string' | 'function' | 'number',
): void {
  if (value !== undefined && typeof value !== type) {
    throw new MetricsOptionsError(option, `must be a ${type}`);
  }
}

export function checkArray(value: unknown, option: string, of?: 'function'): void {
  if (value === undefined) {
    return;
  }
  if (!Array.isArray(value) || (of && !value.every((one: unknown) => typeof one === of))) {
    throw new MetricsOptionsError(option, of ? `must be an array of ${of}s` : 'must be an array');
  }
}

export function checkOneOf(value: unknown, option: string, words: readonly unknown[]): void {
  if (value !== undefined && !words.includes(value)) {
    throw new MetricsOptionsError(
      option,
      `must be one of ${words.map((word) => `'${String(word)}'`).join(', ')}`,
    );
  }
}

/** A path as it stands in a request line, without query or fragment. */
export function checkPath(value: unknown, option: string): void {
  if (value !== undefined && (typeof value !== 'string' || !/^\/[!-~]*$/.test(value) || /[?#]/.test(value))) {
    throw new MetricsOptionsError(
      option,
      `must be a path that begins with "/", as it stands in a URL, not ${JSON.stringify(value)}`,
    );
  }
}

/** A path that is a route too, and this path alone: no character means anything to Express or Fastify. */
export function checkRoutePath(value: unknown, option: string): void {
  checkPath(value, option);
  const [special] = /[^\w\-.~/@$&,;=']/.exec((value as string | undefined) ?? '') ?? [];
  if (special !== undefined) {
    throw new MetricsOptionsError(
      option,
      `must be a plain path, not ${JSON.stringify(value)}: "${special}" has a meaning in routes`,
    );
  }
}

export function checkInteger(value: unknown, option: string, from: number, to: number): void {
  if (
    value !== undefined &&
    !(Number.isInteger(value) && (value as number) >= from && (value as number) <= to)
  ) {
    throw new MetricsOptionsError(option, `must be an integer from ${from} to ${to}, not ${inspect(value)}`);
  }
}
