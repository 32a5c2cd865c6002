import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  Catch,
  ConflictException,
  Controller,
  Get,
  HttpException,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Redirect,
  Res,
  StreamableFile,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
} from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import { PLATFORMS, start, type RunningApp } from './harness.js';

class Refuse implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Catch()
class Teapot implements ExceptionFilter {
  constructor(readonly host: HttpAdapterHost) {}

  catch(_error: unknown, host: ArgumentsHost): void {
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), 'teapot', 418);
  }
}

/** Hands all exceptions on, as a filter does that calls `super.catch()`. */
@Catch(RangeError)
class HandsOn extends BaseExceptionFilter {}

/** Answers what Nest made an `HttpException` of as what it was, as Nest 11 does with a body parser's errors. */
@Catch(HttpException)
class Unwraps extends BaseExceptionFilter {
  override catch(exception: HttpException, host: ArgumentsHost): void {
    const adapter = this.httpAdapterHost?.httpAdapter;
    if (adapter) {
      this.handleUnknownError(exception.cause, host, adapter);
    }
  }
}

interface AnyResponse {
  raw?: AnyResponse;
  status(code: number): { send(body: string): void };
  write(text: string): void;
  end(text?: string): void;
  writeHead(status: number): void;
}

@Controller('users')
class UsersController {
  @Get('secret/plan')
  @UseGuards(Refuse)
  secret(): string {
    return 'never';
  }

  @Get('conflict')
  conflict(): never {
    throw new ConflictException();
  }

  @Get('broken')
  async broken(): Promise<never> {
    throw new Error('broken');
  }

  @Get('teapot')
  @UseFilters(Teapot)
  teapot(): never {
    throw new Error('answered');
  }

  @Get('handed-on')
  @UseFilters(HandsOn)
  handedOn(): never {
    throw new RangeError('handed on');
  }

  @Get('gone')
  @UseFilters(Unwraps)
  gone(): never {
    throw Object.assign(new Error('gone'), { status: 410, statusCode: 410, expose: true });
  }

  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(Readable.from([Buffer.from('a'), Buffer.from('b')], { objectMode: false }));
  }

  @Get('own')
  own(@Res() response: AnyResponse): void {
    response.status(202).send('own');
  }

  @Get('raw')
  raw(@Res() response: AnyResponse): void {
    const raw = response.raw ?? response;
    raw.writeHead(203);
    raw.write('one');
    raw.end('two');
  }

  @Get('piped')
  piped(@Res() response: AnyResponse): void {
    const through = new PassThrough();
    through.pipe((response.raw ?? response) as unknown as NodeJS.WritableStream);
    through.end('piped');
  }

  @Get('moved')
  @Redirect('/users/1', 301)
  moved(): void {}

  @Get('page')
  page(@Query('n', ParseIntPipe) n: number): object {
    return { n };
  }

  @Get(':id')
  find(@Param('id', ParseIntPipe) id: number): object {
    return { id };
  }

  @Post()
  create(@Body() body: object): object {
    return body;
  }
}

const KINDS: readonly [string, string, RequestInit | undefined, string, string?][] = [
  ['handled', '/users/7?x=1', undefined, 'GET /users/:id 200'],
  ['created', '/users', json('{"a":1}'), 'POST /users 201'],
  ['unknown path', '/nothing', undefined, 'GET unmatched 404'],
  ['unknown method', '/users/7', { method: 'DELETE' }, 'DELETE unmatched 404'],
  ['refused by a guard', '/users/secret/plan', undefined, 'GET /users/secret/plan 403'],
  ['refused by a pipe', '/users/x', undefined, 'GET /users/:id 400'],
  ['refused by a query pipe', '/users/page?n=x', undefined, 'GET /users/page 400'],
  ['malformed JSON', '/users', json('{'), 'POST unmatched 400', 'POST /users 400'],
  [
    'too large',
    '/users',
    json(JSON.stringify('x'.repeat(2_000_000))),
    'POST unmatched 413',
    'POST /users 413',
  ],
  ['HttpException', '/users/conflict', undefined, 'GET /users/conflict 409'],
  ['other exception', '/users/broken', undefined, 'GET /users/broken 500'],
  ['filtered exception', '/users/teapot', undefined, 'GET /users/teapot 418'],
  ['exception handed on', '/users/handed-on', undefined, 'GET /users/handed-on 500'],
  ["client's error", '/users/gone', undefined, 'GET /users/gone 410'],
  ['StreamableFile', '/users/file', undefined, 'GET /users/file 200'],
  ['@Res()', '/users/own', undefined, 'GET /users/own 202'],
  ['raw response', '/users/raw', undefined, 'GET /users/raw 203'],
  ['piped response', '/users/piped', undefined, 'GET /users/piped 200'],
  ['redirect', '/users/moved', { redirect: 'manual' }, 'GET /users/moved 301'],
  ['HEAD', '/users/7', { method: 'HEAD' }, 'HEAD /users/:id 200'],
  ['malformed URL', '/users/%E0%A4%A', undefined, 'GET unmatched 400'],
  ['malformed URL of no route', '/%E0%A4%A', undefined, 'GET unmatched 404', 'GET unmatched 400'],
  ['preflight', '/users/7', preflight(), 'OPTIONS unmatched 404'],
];

const UNHANDLED = ['GET /users/broken 500', 'GET /users/handed-on 500'];

function json(body: string): RequestInit {
  return { method: 'POST', body, headers: { 'content-type': 'application/json' } };
}

function preflight(): RequestInit {
  return { method: 'OPTIONS', headers: { origin: 'http://a.test', 'access-control-request-method': 'GET' } };
}

describe.each(PLATFORMS)('a request on %s', (platform) => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await start({ platform, controllers: [UsersController] });
  });
  beforeEach(() => running.registry.resetMetrics());
  afterAll(() => running.close());

  it.each(KINDS)('counts once: %s', async (_kind, path, init, onExpress, onFastify = onExpress) => {
    const expected = platform === 'express' ? onExpress : onFastify;
    const response = await fetch(running.url + path, init);
    await response.arrayBuffer();
    expect(expected).toMatch(new RegExp(` ${response.status}$`));
    expect(await running.settled(1)).toEqual({ [expected]: 1 });
    expect(await running.counts('http_request_duration_seconds_count')).toEqual({ [expected]: 1 });
    expect(await running.inProgress()).toBe(0);
    expect(await running.counts('http_request_exceptions_total')).toEqual(
      UNHANDLED.includes(expected) ? { [expected]: 1 } : {},
    );
  });

  it('measures seconds from its first sight to the end of its response', async () => {
    const began = performance.now();
    await (await fetch(`${running.url}/users/7`)).text();
    await running.settled(1);
    const [sum] = await running.samples('http_request_duration_seconds_sum');
    expect(sum?.value).toBeGreaterThan(0);
    expect(sum?.value).toBeLessThan((performance.now() - began) / 1000);
  });

  it('is in progress while it is handled', async () => {
    const gate = new PassThrough();
    const slow = fetch(`${running.url}/users`, {
      ...json('{'),
      body: Readable.toWeb(gate) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    gate.write('[');
    while ((await running.inProgress()) === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await running.counts('http_requests_in_progress')).toMatchObject({ POST: 1 });
    gate.end(']');
    expect((await slow).status).toBe(201);
    await running.settled(1);
    expect(await running.inProgress()).toBe(0);
  });
});
