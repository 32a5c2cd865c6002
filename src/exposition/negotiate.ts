import type { ExpositionFormat } from './formats.js';

/** The format that an `Accept` header asks for. */
export function negotiate(_accept: string | undefined): ExpositionFormat {
  return 'text';
}
