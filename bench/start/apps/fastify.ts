import { FastifyAdapter } from '@nestjs/platform-fastify';
import { startApp } from '../start-app.js';

await startApp(new FastifyAdapter());
