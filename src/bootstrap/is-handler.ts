import { PATH_METADATA } from '@nestjs/common/constants.js';

/** Whether a controller's method has a route: what Nest's router asks too. */
export function isHandler(method: Function): boolean {
  return Reflect.hasOwnMetadata(PATH_METADATA, method);
}
