import type { PushOptions } from '../push/push.options.js';
import { MetricsOptionsError, checkInteger, checkObject, checkOneOf, checkType } from './option-checks.js';

/** Node's timers fire at once beyond this. */
const LONGEST_TIMER = 2 ** 31 - 1;

export function checkPush(push: PushOptions | undefined): void {
  if (push === undefined) {
    return;
  }
  checkObject(push, 'push', [
    'url',
    'job',
    'grouping',
    'method',
    'interval',
    'onShutdown',
    'timeout',
    'headers',
    'basicAuth',
  ]);
  if (typeof push.url !== 'string' || !URL.canParse(push.url) || !/^https?:/.test(push.url)) {
    throw new MetricsOptionsError('push.url', 'must be an http or https URL');
  }
  if (typeof push.job !== 'string' || push.job === '') {
    throw new MetricsOptionsError('push.job', 'must be a string that is not empty');
  }
  checkObject(push.grouping, 'push.grouping', Object.keys(push.grouping ?? {}));
  checkOneOf(push.method, 'push.method', ['put', 'post']);
  checkInteger(push.interval, 'push.interval', 1, LONGEST_TIMER);
  checkOneOf(push.onShutdown, 'push.onShutdown', ['push', 'delete', 'none']);
  checkInteger(push.timeout, 'push.timeout', 1, LONGEST_TIMER);
  checkObject(push.headers, 'push.headers', Object.keys(push.headers ?? {}));
  checkObject(push.basicAuth, 'push.basicAuth', ['user', 'password']);
  checkType(push.basicAuth?.user, 'push.basicAuth.user', 'string');
  checkType(push.basicAuth?.password, 'push.basicAuth.password', 'string');
}
