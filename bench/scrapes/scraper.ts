import { answer, say, settings } from '../lib/in-child.js';
import { scrape } from './scrape.js';

// A scraper in a process of its own, so that reading does not delay what the parent times.
const { origin, gzip } = settings<{ origin: string; gzip: boolean }>();
answer({ scrape: () => scrape(origin, gzip) });
say('ready');
