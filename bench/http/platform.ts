export type Platform = 'express' | 'fastify';
export const platforms: readonly Platform[] = ['express', 'fastify'];
