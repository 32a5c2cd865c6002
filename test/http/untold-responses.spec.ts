import * as diagnosticsChannel from 'node:diagnostics_channel';
import { describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Param } from '@nestjs/common';

// Bun and Deno have the channels' names; a Node that publishes none can't be had.
jest.unstable_mockModule('node:diagnostics_channel', () => ({
  ...diagnosticsChannel,
  subscribe: () => undefined,
  unsubscribe: () => false,
}));
const { PLATFORMS, open, pause, start } = await import('./harness.js');

@Controller()
class UsersController {
  @Get('users/:id')
  find(@Param('id') id: string): string | Promise<never> {
    return id === '0' ? new Promise<never>(() => undefined) : id;
  }
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

describe.each(PLATFORMS)('responses that the runtime does not tell of, on %s', (platform) => {
  it('are counted by their own events', async () => {
    const running = await start({ platform, controllers: [UsersController] });
    // The connection stays open, so that its end can't tell of them.
    const kept = await open(running.port, get('/users/1').repeat(3));
    expect(await running.settled(3)).toEqual({ 'GET /users/:id 200': 3 });
    const aborted = await open(running.port, get('/users/0'));
    while ((await running.inProgress()) === 0) {
      await pause(2);
    }
    aborted.destroy();
    expect(await running.settled(4)).toEqual({ 'GET /users/:id 200': 3, 'GET /users/:id 499': 1 });
    kept.destroy();
    await running.close();
  });
});
