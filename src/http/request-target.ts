/** Compared as a number: V8 makes no text of it then. */
const SLASH = '/'.charCodeAt(0);

/** Path and query of a request's target, also where that is the absolute form, which proxies send (RFC 9112, 3.2.2). */
export const originForm = (target: string): string =>
  isOriginForm(target) ? target : withoutAuthority(target);

/** Whether it begins with the path, as it does unless a proxy was meant. */
export const isOriginForm = (target: string): boolean => target.charCodeAt(0) === SLASH;

function withoutAuthority(url: string): string {
  const absolute = /^https?:\/\/[^/?#]*/i.exec(url);
  if (absolute === null) {
    return url;
  }
  const rest = url.slice(absolute[0].length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** The path of a request's target, as the client sent it. */
export function pathOf(rawUrl: string): string {
  const query = rawUrl.indexOf('?');
  return query < 0 ? rawUrl : rawUrl.slice(0, query);
}
