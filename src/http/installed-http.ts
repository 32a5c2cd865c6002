import type { HttpRecorder } from './http-recorder.js';
import type { RouteTable } from './route-record.js';

/** What takes an app's HTTP metrics; a provider of the module, filled when the app starts. */
export class InstalledHttp {
  /** There from `installHttp()` on, with `http: false` never. */
  recorder: HttpRecorder | undefined = undefined;
  routes: RouteTable | undefined = undefined;
  via: 'adapter' | 'interceptor' = 'adapter';
  requestContext = false;
}
