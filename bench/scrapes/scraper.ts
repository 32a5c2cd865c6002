import { answer, say, settings } from '../lib/in-child.js';
import { scrape, scrapeSlowly } from './scrape.js';

// A scraper in a process of its own: reading does not delay what the parent times, and the collector of a heap as
// large as the parent's does not take the server's core.
const { origin, gzip } = settings<{ origin: string; gzip: boolean }>();
answer({ scrape: () => scrape(origin, gzip), scrapeSlowly: () => scrapeSlowly(origin, gzip) });
say('ready');
