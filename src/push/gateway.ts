import { types } from 'node:util';
import type { ResolvedPushOptions } from '../options/resolved-options.js';
import { answerText } from './answer-text.js';
import { groupPath } from './group-path.js';
import { PushError } from './push-error.js';

export type GatewayMethod = 'PUT' | 'POST' | 'DELETE';

export interface GatewayBody {
  readonly contentType: string;
  readonly content: Blob;
}

const MOST_BODY_CHARACTERS = 2000;
const MOST_MESSAGE_CHARACTERS = 200;

/** One group of metrics in a Pushgateway. */
export class Gateway {
  /** Where the gateway is, without credentials. */
  readonly url: string;
  private readonly group: string;

  constructor(private readonly options: ResolvedPushOptions) {
    this.url = options.url;
    this.group = options.url + groupPath(options.job, options.grouping);
  }

  /** @throws PushError unless the answer is a success; where the signal is aborted, its reason. */
  async send(method: GatewayMethod, body: GatewayBody | undefined, signal: AbortSignal): Promise<void> {
    const response = await this.request(method, body, signal);
    const text = this.withoutSecrets(await answerText(response));
    if (!response.ok) {
      throw this.refusal(response.status, text.slice(0, MOST_BODY_CHARACTERS));
    }
  }

  private async request(
    method: GatewayMethod,
    body: GatewayBody | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    try {
      return await fetch(this.group, {
        method,
        headers: { ...this.options.headers, ...(body && { 'content-type': body.contentType }) },
        body: body?.content ?? null,
        // A redirect followed turns POST into GET, and takes the headers to whoever it names.
        redirect: 'manual',
        signal,
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw new PushError(`the Pushgateway ${this.url} could not be reached: ${reasonOf(cause)}`, { cause });
    }
  }

  private refusal(status: number, body: string): PushError {
    const beginning = body.replace(/[\s\p{Cc}]+/gu, ' ').trim();
    const short =
      beginning.length > MOST_MESSAGE_CHARACTERS
        ? `${beginning.slice(0, MOST_MESSAGE_CHARACTERS)}\u2026`
        : beginning;
    const note = status >= 300 && status < 400 ? ', a redirect, which is not followed' : '';
    const said = short === '' ? '' : `: ${short}`;
    return new PushError(`the Pushgateway ${this.url} answered ${status}${note}${said}`, { status, body });
  }

  /** A proxy's error page may show the request with all its headers. */
  private withoutSecrets(text: string): string {
    return this.options.secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  }
}

/** `fetch` says no more than that it failed; the errors it stems from say why. */
function reasonOf(error: unknown): string {
  // Not instanceof, since an error of another realm (a Jest sandbox) has another Error.
  if (!types.isNativeError(error)) {
    return String(error);
  }
  return error.cause === undefined
    ? error.message || ((error as NodeJS.ErrnoException).code ?? error.name)
    : reasonOf(error.cause);
}
