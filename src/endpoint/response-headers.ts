import type { ServerResponse } from 'node:http';

/** Names what a response depends on, beside what others have named already (RFC 9110, 12.5.5). */
export function addVary(response: ServerResponse, names: readonly string[]): void {
  const before = [response.getHeader('Vary') ?? []].flat().join(',');
  const fields = before.split(',').map((field) => field.trim());
  const known = fields.map((field) => field.toLowerCase());
  const added = names.filter((name) => !known.includes(name.toLowerCase()));
  response.setHeader('Vary', [...fields.filter(Boolean), ...added].join(', '));
}

/** Takes off what middleware may have said of another body than the one that is sent. */
export function dropBodyHeaders(response: ServerResponse): void {
  for (const name of ['Content-Length', 'Content-Encoding', 'ETag', 'Last-Modified']) {
    // Node remembers what was removed, even what was not there, and then does not set it by itself.
    if (response.hasHeader(name)) {
      response.removeHeader(name);
    }
  }
}
