import { afterAll, describe, expect, it } from '@jest/globals';
import { build } from '../cluster/build.js';
import { runScript } from '../push/run-script.js';

const built = build('next-ticks', 'test/http/fixtures');
afterAll(() => built.remove());

/** V8's words for what it knows of one class, and for what it no longer tries to know. */
const REMEMBERED = 'DefineKeyedOwnPropertyInLiteral MONOMORPHIC';
const FORGOTTEN = 'DefineKeyedOwnPropertyInLiteral MEGAMORPHIC';

const run = async (...args: string[]): Promise<string> =>
  (await runScript(built.fixture('next-ticks.js'), ...args)).stdout;

describe('what V8 knows of process.nextTick', () => {
  it('outlives garbage collections in an app with metrics', async () => {
    const withMetrics = await run('with metrics');
    expect(withMetrics).toContain(REMEMBERED);
    expect(withMetrics).not.toContain(FORGOTTEN);
  });

  it('is forgotten in one without', async () => {
    // A V8 of later may keep it by itself.
    const isKnown = Number.parseInt(process.versions.node) <= 24;
    expect(await run('without')).toContain(isKnown ? FORGOTTEN : REMEMBERED);
  });

  it('outlives them without the context in which the module was made', async () => {
    const inContext = await run('with metrics', 'in a context');
    expect(inContext).toContain('context: collected');
    expect(inContext).toContain(REMEMBERED);
    expect(inContext).not.toContain(FORGOTTEN);
  });
});
