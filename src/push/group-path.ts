/** Characters that stand for themselves in a path (RFC 3986, 2.3). */
const UNRESERVED = /^[\w.~-]+$/;

/**
 * The path of a group below the gateway's URL. A value that a path can't hold as it is goes as base64url
 * behind a label name that says so (README of the Pushgateway, "URL").
 */
export function groupPath(job: string, grouping: readonly (readonly [string, string])[]): string {
  const labels = [['job', job] as const, ...grouping];
  return `/metrics/${labels.map(([name, value]) => segments(name, value)).join('/')}`;
}

function segments(name: string, value: string): string {
  // URL parsers and proxies take `.` and `..` out of a path, percent-encoded as well.
  if (UNRESERVED.test(value) && value !== '.' && value !== '..') {
    return `${name}/${value}`;
  }
  // Of nothing the gateway needs the padding, since an empty segment would vanish.
  return `${name}@base64/${Buffer.from(value).toString('base64url') || '='}`;
}
