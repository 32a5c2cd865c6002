/**
 * Whether a body may, and had better, be sent as gzip (RFC 9110, 12.5.3): gzip is named or meant by `*`,
 * and the scraper does not rather have it plain.
 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const item of (acceptEncoding ?? '').split(',')) {
    const [coding = '', ...parameters] = item.split(';');
    weights.set(coding.trim().toLowerCase(), weightOf(parameters));
  }
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}

/** A weight that is none counts as a refusal, since plain bytes are never wrong. */
function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    if (name.trim().toLowerCase() === 'q') {
      const weight = Number(value.trim() || 'none');
      return weight >= 0 && weight <= 1 ? weight : 0;
    }
  }
  return 1;
}
