import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';

/** Whether a method has a route. Of a provider's, either word alone may be metadata of the app's own. */
export function isHandler(method: Function): boolean {
  return Reflect.hasOwnMetadata(PATH_METADATA, method) && Reflect.hasOwnMetadata(METHOD_METADATA, method);
}
