import 'reflect-metadata';
import { afterEach, describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { serve } from './serve.js';
import { brokenLinksOf, documents, run, snippetsOf, typeErrorsOf } from './snippets.js';

afterEach(() => register.clear());

const snippets = documents().flatMap(snippetsOf);

describe('the documents', () => {
  it('have snippets that compile', () => {
    expect(snippets.length).toBeGreaterThan(20);
    expect(typeErrorsOf(snippets)).toEqual([]);
  }, 60_000);

  it.each(documents())('link to files that are there: %s', (document) => {
    expect(brokenLinksOf(document)).toEqual([]);
  });

  it('say of each snippet what it does, or that it needs more than one process', () => {
    const silent = snippets.filter(({ check, compileOnly }) => check === undefined && !compileOnly);

    expect(silent.map(({ document, line }) => `${document}:${line}`)).toEqual([]);
  });

  it.each(snippets.filter(({ check }) => check !== undefined))(
    'have snippets that do what they say: $document:$line',
    async (snippet) => {
      expect.hasAssertions();
      await run(snippet, { serve, expect });
    },
  );
});
