import { createRequire } from 'node:module';
import { jest } from '@jest/globals';

// Jest can't `require` an ES module before Node 24.9, as light-my-request does, for cookies alone.
const requireFromInject = createRequire(createRequire(import.meta.url).resolve('light-my-request'));
jest.doMock(requireFromInject.resolve('cookie'), () => ({}));
