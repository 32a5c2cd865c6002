export { expose } from './expose.js';
export type { ExposeOptions } from './expose.options.js';
export { contentTypeOf } from './formats.js';
export type { ExpositionFormat } from './formats.js';
export { negotiate } from './negotiate.js';
