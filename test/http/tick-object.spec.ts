import { afterAll, expect, it } from '@jest/globals';
import { build } from '../cluster/build.js';
import { runScript } from '../push/run-script.js';

const built = build('next-ticks', 'test/http/fixtures');
afterAll(() => built.remove());

/** V8's word for what it no longer tries to remember. */
const FORGOTTEN = 'DefineKeyedOwnPropertyInLiteral MEGAMORPHIC';
const REMEMBERED = 'DefineKeyedOwnPropertyInLiteral MONOMORPHIC';

it('keeps what V8 knows of process.nextTick through a garbage collection', async () => {
  const bare = await runScript(built.fixture('next-ticks.js'));
  expect(bare.stdout).toContain(FORGOTTEN);
  const withMetrics = await runScript(built.fixture('next-ticks.js'), 'with metrics');
  expect(withMetrics.stdout).toContain(REMEMBERED);
  expect(withMetrics.stdout).not.toContain(FORGOTTEN);
});
