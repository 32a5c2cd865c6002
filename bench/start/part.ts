import type { Part } from '../lib/part.js';
export const start: Part = {
  name: 'start',
  title: 'Start',
  about: '',
  effort: { rounds: 6, seconds: 1, smoke: false },
  run: async () => [],
};
