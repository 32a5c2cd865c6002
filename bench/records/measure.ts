import { say, settings } from '../lib/in-child.js';
import { nanosecondsPerCall } from '../lib/nanoseconds.js';
import { load, type Library } from './libraries.js';
import { operations } from './operations.js';

const { library, operation, seconds } = settings<{ library: Library; operation: string; seconds: number }>();
const client = await load(library);
const loop = operations.find(({ name }) => name === operation)?.prepare(client);
if (loop === undefined) {
  throw new Error(`There is no operation ${operation}`);
}
const nanoseconds = await nanosecondsPerCall(loop, seconds);
const text = await client.render();
if (!/^bench\S* [1-9.]/m.test(text)) {
  throw new Error(`Nothing was recorded:\n${text}`);
}
say(nanoseconds);
