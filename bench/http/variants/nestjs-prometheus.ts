import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import {
  InjectMetric,
  PrometheusModule,
  makeCounterProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import { finalize, type Observable } from 'rxjs';
import { createApp } from '../app.js';
import type { VariantModule } from '../variants.js';

const labelNames = ['method', 'route', 'status'];

interface Request {
  method: string;
  route?: { path: string };
  routeOptions?: { url: string };
}

/** What its users write, since the package measures no requests. */
@Injectable()
class HttpInterceptor implements NestInterceptor {
  constructor(
    @InjectMetric('http_requests_total') private readonly requests: Counter,
    @InjectMetric('http_request_duration_seconds') private readonly duration: Histogram,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<{ statusCode: number }>();
    const end = this.duration.startTimer();
    return next.handle().pipe(
      finalize(() => {
        const route = request.route?.path ?? request.routeOptions?.url ?? 'unmatched';
        const labels = { method: request.method, route, status: response.statusCode };
        this.requests.inc(labels);
        end(labels);
      }),
    );
  }
}

export const create: VariantModule['create'] = async (platform) => ({
  app: await createApp(platform, {
    imports: [PrometheusModule.register()],
    providers: [
      makeCounterProvider({ name: 'http_requests_total', help: 'Requests.', labelNames }),
      makeHistogramProvider({ name: 'http_request_duration_seconds', help: 'Seconds.', labelNames }),
      { provide: APP_INTERCEPTOR, useClass: HttpInterceptor },
    ],
  }),
});
