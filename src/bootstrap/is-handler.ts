import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';

/** Whether a controller's method has a route. */
export function isHandler(method: Function): boolean {
  return Reflect.hasOwnMetadata(PATH_METADATA, method) && Reflect.hasOwnMetadata(METHOD_METADATA, method);
}
