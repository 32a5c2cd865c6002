import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { MetricsEndpoint } from './metrics-endpoint.js';

/**
 * Answers the scrape, in the place of the handler: a method's guard comes after all others (global ones,
 * the controller's) and before the first interceptor, so that what guards refuse is refused, and no
 * interceptor can hold, wrap or replace the answer.
 */
@Injectable()
export class ScrapeGuard implements CanActivate {
  constructor(@Inject(MetricsEndpoint) private readonly endpoint: MetricsEndpoint) {}

  canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    this.endpoint.answer(http.getRequest<object>(), http.getResponse<object>());
    // For Nest this request ends here. Nobody else holds this promise, so it goes with the request.
    return new Promise(() => {});
  }
}
