import type { Part } from '../lib/part.js';
export const scrapes: Part = {
  name: 'scrapes',
  title: 'Scrapes',
  about: '',
  effort: { rounds: 6, seconds: 1, smoke: false },
  run: async () => [],
};
