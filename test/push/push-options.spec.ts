import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MetricsModule, type PushOptions } from '../../src/index.js';
import { resolvePush } from '../../src/options/resolve-push.js';

const url = 'http://gateway:9091';
const good: PushOptions = { url, job: 'x' };

const refuse = (options: unknown): Error => {
  try {
    MetricsModule.forRoot({ push: options as PushOptions });
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was taken');
};

describe('the option push', () => {
  it.each<[string, object | string]>([
    ['push', 'http://gateway'],
    ['push.nope', { ...good, nope: 1 }],
    ['push.url', { job: 'x' }],
    ['push.url', { ...good, url: 'gateway:9091' }],
    ['push.url', { ...good, url: 'gateway' }],
    ['push.url', { ...good, url: '/metrics' }],
    ['push.url', { ...good, url: 'ftp://gateway' }],
    ['push.url', { ...good, url: `${url}?token=a` }],
    ['push.url', { ...good, url: `${url}#a` }],
    ['push.url', { ...good, url: 'http://a:%ff@gateway' }],
    ['push.url', { ...good, url: 'http://a%3Ab:c@gateway' }],
    ['push.job', { url }],
    ['push.job', { url, job: '' }],
    ['push.job', { url, job: 1 }],
    ['push.grouping', { ...good, grouping: [] }],
    ['push.grouping', { ...good, grouping: null }],
    ['"a-b"', { ...good, grouping: { 'a-b': 'x' } }],
    ['"job"', { ...good, grouping: { job: 'x' } }],
    ['"le"', { ...good, grouping: { le: 'x' } }],
    ['"__name__"', { ...good, grouping: { __name__: 'x' } }],
    ['push.grouping.zone', { ...good, grouping: { zone: undefined } }],
    ['push.method', { ...good, method: 'PUT' }],
    ['push.interval', { ...good, interval: 0 }],
    ['push.interval', { ...good, interval: 2 ** 31 }],
    ['push.onShutdown', { ...good, onShutdown: true }],
    ['push.timeout', { ...good, timeout: -1 }],
    ['push.headers', { ...good, headers: 'a' }],
    ['push.headers', { ...good, headers: null }],
    ['push.headers.X-A', { ...good, headers: { 'X-A': 1 } }],
    ['push.headers.a b', { ...good, headers: { 'a b': 'x' } }],
    ['push.headers.X-A', { ...good, headers: { 'X-A': 'x\ny' } }],
    ['push.headers.Content-Length', { ...good, headers: { 'Content-Length': '1' } }],
    [
      'push.headers.Authorization',
      { ...good, headers: { Authorization: 'x' }, basicAuth: { user: 'a', password: 'b' } },
    ],
    ['push.basicAuth', { ...good, basicAuth: 'a:b' }],
    ['push.basicAuth.name', { ...good, basicAuth: { name: 'a' } }],
    ['push.basicAuth.user', { ...good, basicAuth: { password: 'b' } }],
    ['push.basicAuth.user', { ...good, basicAuth: { user: 'a:b', password: 'c' } }],
    ['push.basicAuth.password', { ...good, basicAuth: { user: 'a' } }],
    ['push.basicAuth', { ...good, url: 'http://a:b@gateway', basicAuth: { user: 'a', password: 'b' } }],
  ])('is refused where %s is wrong: %j', (named, options) => {
    const error = refuse(options);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(named);
  });

  it('is refused without showing a secret', () => {
    for (const options of [
      { ...good, url: 'http://user:geheim@gateway?x' },
      { ...good, url: 'http://geheim:%ff@gateway' },
      { ...good, url: 'user:geheim@gateway' },
      { ...good, headers: { 'X-Key': 'geheim\nx' } },
      { ...good, headers: { 'X-Key': 'geheim€' } },
      { ...good, basicAuth: { user: 'a:', password: 'geheim' } },
      { ...good, basicAuth: { user: 'a', password: ['geheim'] } },
    ]) {
      expect(refuse(options).message).not.toContain('geheim');
    }
  });

  it('is refused as well where it comes from a factory', async () => {
    class App {}
    const useFactory = () => ({ push: { url: 'gateway:9091', job: 'x' } });
    Module({ imports: [MetricsModule.forRootAsync({ useFactory })] })(App);
    const app = NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    await expect(app).rejects.toThrow(/push\.url/);
  });

  it('has defaults', () => {
    expect(resolvePush(good)).toEqual({
      url,
      job: 'x',
      grouping: [],
      method: 'put',
      interval: undefined,
      onShutdown: 'push',
      timeout: 10_000,
      headers: {},
      secrets: [],
    });
    expect(resolvePush(undefined)).toBeUndefined();
  });

  it.each([
    ['http://gateway:9091/', 'http://gateway:9091'],
    ['http://gateway/some/where//', 'http://gateway/some/where'],
    ['HTTPS://GATEWAY:443/a', 'https://gateway/a'],
    ['http://[::1]:9091', 'http://[::1]:9091'],
    ['http://user:geheim@gateway/a/', 'http://gateway/a'],
  ])('takes the URL %s', (given, resolved) => {
    expect(resolvePush({ url: given, job: 'x' })?.url).toBe(resolved);
  });

  it('makes text of values', () => {
    const grouping = { a: 1.5, b: true, c: '' };
    expect(resolvePush({ ...good, grouping })?.grouping).toEqual([
      ['a', '1.5'],
      ['b', 'true'],
      ['c', ''],
    ]);
  });
});
