import * as diagnosticsChannel from 'node:diagnostics_channel';
import { describe, expect, it, jest } from '@jest/globals';
import { SlowController, release } from './slow-controller.js';

/** This file's own: the channel is one for the process, which other test files share. */
const subscribed = new Set<unknown>();
jest.unstable_mockModule('node:diagnostics_channel', () => ({
  ...diagnosticsChannel,
  subscribe(...args: Parameters<typeof diagnosticsChannel.subscribe>) {
    subscribed.add(args[0]);
    diagnosticsChannel.subscribe(...args);
  },
  unsubscribe(...args: Parameters<typeof diagnosticsChannel.unsubscribe>) {
    subscribed.delete(args[0]);
    return diagnosticsChannel.unsubscribe(...args);
  },
}));
const { InstalledHttp } = await import('../../src/http/installed-http.js');
const { PLATFORMS, listen, open, pause, start, talk } = await import('./harness.js');

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const last = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
const isHeard = (): boolean => subscribed.has('http.server.response.finish');

describe.each(PLATFORMS)('responses that Node tells of, on %s', (platform) => {
  it('are counted once each, first ones too, in turn and pipelined', async () => {
    const running = await start({ platform, controllers: [SlowController] });
    await talk(running.port, get('/quick/1').repeat(20) + last('/quick/1'));
    await talk(running.port, last('/quick/1'));
    expect(await running.settled(22)).toEqual({ 'GET /quick/:id 200': 22 });
    await running.close();
  });

  it('are heard of for as long as an app lives, and no longer', async () => {
    expect(isHeard()).toBe(false);
    const first = await start({ platform, controllers: [SlowController] });
    const second = await start({ platform, controllers: [SlowController] });
    await talk(first.port, last('/quick/1'));
    await first.close();
    expect(isHeard()).toBe(true);
    await talk(second.port, last('/quick/1'));
    expect(await second.settled(1)).toEqual({ 'GET /quick/:id 200': 1 });
    await second.close();
    expect(subscribed.size).toBe(0);
  });

  it('are counted when they end after the app was told to close', async () => {
    release.length = 0;
    const running = await start({ platform, controllers: [SlowController] });
    await talk(running.port, last('/quick/1'));
    await open(running.port, last('/slow/1'));
    while (release.length === 0) {
      await pause(2);
    }
    const closed = running.close();
    await pause(20);
    release.forEach((resolve) => resolve());
    await closed;
    expect(await running.settled(2)).toMatchObject({ 'GET /slow/:id 200': 1 });
    expect(isHeard()).toBe(false);
  });

  it('are heard of until those are over that were in progress when it ended', async () => {
    release.length = 0;
    const running = await start({ platform, controllers: [SlowController] });
    await talk(running.port, last('/quick/1'));
    const socket = await open(running.port, get('/slow/1').repeat(2));
    while (release.length === 0) {
      await pause(2);
    }
    const installed = running.app.get(InstalledHttp);
    installed.recorder?.close();
    installed.recorder = undefined;
    expect(isHeard()).toBe(true);
    while (release.length < 2) {
      await pause(2);
    }
    release[0]?.();
    await pause(20);
    expect(isHeard()).toBe(true);
    release[1]?.();
    expect(await running.settled(3)).toMatchObject({ 'GET /slow/:id 200': 2 });
    expect(isHeard()).toBe(false);
    socket.destroy();
    await running.close();
  });

  it('are heard of by other apps however many come to one that was closed', async () => {
    const closed = await start({ platform, controllers: [SlowController] });
    const other = await start({ platform, controllers: [SlowController] });
    await talk(closed.port, last('/quick/1'));
    const installed = closed.app.get(InstalledHttp);
    installed.recorder?.close();
    installed.recorder = undefined;
    await talk(closed.port, get('/quick/1').repeat(2) + last('/quick/1'));
    expect(isHeard()).toBe(true);
    expect(await closed.settled(4)).toEqual({ 'GET /quick/:id 200': 4 });
    await talk(other.port, get('/quick/1') + last('/quick/1'));
    expect(await other.settled(2)).toEqual({ 'GET /quick/:id 200': 2 });
    await closed.close();
    expect(isHeard()).toBe(true);
    await other.close();
    expect(isHeard()).toBe(false);
  });

  it('are left alone where another server of the process sent them', async () => {
    const { createServer } = await import('node:http');
    const running = await start({ platform, controllers: [SlowController] });
    const other = createServer((_request, response) => response.end('other'));
    const port = await listen(other);
    expect(await talk(port, last('/quick/1'))).toContain('other');
    await talk(running.port, last('/quick/1'));
    expect(await running.settled(1)).toEqual({ 'GET /quick/:id 200': 1 });
    await new Promise((resolve) => other.close(resolve));
    await running.close();
  });
});
